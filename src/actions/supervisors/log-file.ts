// In: a service's log file. Out: its last lines, what is new in it, and what comes.
import type { Clock } from '../../ports/clock.ts'
import type { Files } from '../../ports/files.ts'
import type { LogOptions } from './supervisor.ts'

/** More than any number of lines that people ask for. Bytes. */
const TAIL_BYTES = 1 << 20
const POLL_MS = 200

export interface LogFilePorts {
  readonly files: Files
  readonly clock: Clock
}

export async function sizeOf(path: string, files: Files): Promise<number> {
  return (await files.stat(path))?.size ?? 0
}

/** What was written after `offset`; a smaller file was rotated since, so the end of the old one comes first. */
export async function textSince(path: string, offset: number, files: Files): Promise<string> {
  if ((await sizeOf(path, files)) >= offset) return files.readTextFrom(path, offset)
  return `${await files.readTextFrom(`${path}.1`, offset)}${await files.readTextFrom(path, 0)}`
}

export async function readLog(path: string, options: LogOptions, { files, clock }: LogFilePorts): Promise<void> {
  let offset = await sizeOf(path, files)
  const tail = await files.readTextFrom(path, Math.max(0, offset - TAIL_BYTES))
  let rest = showLines(tail, options, options.lines)
  while (options.follow && !options.signal.aborted) {
    await clock.sleep(POLL_MS, options.signal).catch(() => undefined)
    const size = await sizeOf(path, files)
    if (size === offset) continue
    const text = rest + (await textSince(path, offset, files))
    offset = size
    rest = showLines(text, options)
  }
  if (rest !== '') options.onLine(rest)
}

/** Shows the complete lines, the last `limit` of them; returns the beginning of the next one. */
function showLines(text: string, { onLine }: LogOptions, limit?: number): string {
  const lines = text.split('\n')
  const rest = lines.pop() ?? ''
  for (const line of limit === undefined ? lines : lines.slice(Math.max(0, lines.length - limit))) onLine(line)
  return rest
}
