// In: the services of a stack and the files they read. Out: a fingerprint, kept from start to start.
import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { object, parse, record, string } from 'valibot'
import { groupFolder } from '../supervisors/group-folder.ts'
import type { Files } from '../../ports/files.ts'
import type { RunServicesInput } from '../../targets/service.ts'

const startedFile = object({ services: string(), files: record(string(), string()) })

/** SHA-256 of the definitions, and of each file's content by its path. */
export interface StartedMark {
  readonly services: string
  readonly files: Readonly<Record<string, string>>
}

export async function buildStartedMark(input: RunServicesInput, files: Files): Promise<StartedMark> {
  const contents = await Promise.all(
    input.readsAtStart.map(async (path) => [path, digest((await files.readText(path)) ?? '')] as const),
  )
  return { services: digest(JSON.stringify([input.supervisor, input.services])), files: Object.fromEntries(contents) }
}

/** Undefined when nothing was recorded: the last start did not get to its end. */
export async function readStartedMark(input: RunServicesInput, files: Files): Promise<StartedMark | undefined> {
  try {
    return parse(startedFile, JSON.parse((await files.readText(pathOf(input))) ?? ''))
  } catch {
    return undefined
  }
}

/** 0600: a digest of a file with a weak password in it would help to guess that. */
export async function writeStartedMark(input: RunServicesInput, mark: StartedMark, files: Files): Promise<void> {
  await files.makeDirectory(groupFolder(input), { mode: 0o700 })
  await files.writeText(pathOf(input), `${JSON.stringify(mark)}\n`, { mode: 0o600 })
}

export async function removeStartedMark(input: RunServicesInput, files: Files): Promise<void> {
  await files.remove(pathOf(input))
}

/** Why what runs is not what is wanted, or undefined when it is. */
export function compareStartedMarks(then: StartedMark | undefined, now: StartedMark): string | undefined {
  if (then === undefined) return 'its last start was interrupted'
  const changed = Object.entries(now.files).find(([path, hash]) => then.files[path] !== hash)
  if (changed !== undefined) return `${basename(changed[0])} changed`
  return then.services === now.services ? undefined : 'its command changed'
}

function pathOf(input: RunServicesInput): string {
  return join(groupFolder(input), 'started.json')
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
