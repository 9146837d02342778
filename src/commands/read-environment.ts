// In: a stack directory. Out: the text of its .env, after those that it had before.
import { join } from 'node:path'
import { buildLayout } from '../targets/native/layout.ts'
import type { CommandContext } from './command-context.ts'

const BACKUP = /^\.env\..*\.bak$/

/** A token ends by itself, and goes with the very keys that it came with. */
const PASSING = /^AWS_SESSION_TOKEN=.*$/gm

/**
 * To look for secrets in: the last line of a name counts. Backups, in the order of their dates, have those that the
 * stack does not use just now, such as the password of the database that it had before. Undefined where there is no .env.
 */
export async function readEnvironment(
  { files }: Pick<CommandContext, 'files'>,
  directory: string,
): Promise<string | undefined> {
  const text = await files.readText(buildLayout(directory).env)
  if (text === undefined) return undefined
  const names = (await files.list(directory)).filter((name) => BACKUP.test(name)).toSorted()
  const former = await Promise.all(names.map((name) => files.readText(join(directory, name))))
  return [...former.map((backup) => (backup ?? '').replaceAll(PASSING, '')), text].join('\n')
}
