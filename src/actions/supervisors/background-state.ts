// In: the text of supervisor.json. Out: what the supervisor last said, or undefined when it said nothing that can be read.
import { number, object, parse, record, string, nullable, picklist, literal } from 'valibot'
import type { InferOutput } from 'valibot'

/** In the folder of a group. */
export const STATE_FILE = 'supervisor.json'

const stateFile = object({
  schemaVersion: literal(1),
  /** Stands in the supervisor's command line too. */
  run: string(),
  /** Null after an orderly stop. */
  pid: nullable(number()),
  services: record(
    string(),
    object({
      pid: nullable(number()),
      status: picklist(['running', 'restarting', 'stopped']),
      /** Seconds since 1970, like `at`. */
      since: number(),
      restarts: number(),
      lastExit: nullable(object({ code: nullable(number()), signal: nullable(string()), at: number() })),
    }),
  ),
})

export type BackgroundState = InferOutput<typeof stateFile>

export function parseBackgroundState(text: string | undefined): BackgroundState | undefined {
  if (text === undefined) return undefined
  try {
    return parse(stateFile, JSON.parse(text))
  } catch {
    return undefined
  }
}
