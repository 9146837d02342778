// In: --dir, the environment and the current directory. Out: the stack directory that is meant.
import { dirname, join, resolve } from 'node:path'
import { expandHome } from '../answers/expand-home.ts'
import { SHARED_DIRECTORY } from '../answers/shared-directory.ts'
import { SPEC_FILE } from '../stack/file-names.ts'
import type { CommandContext } from './command-context.ts'

/** What decides about the stack directory, strongest first: flag, variable, answers file. */
export type DirectoryHints = readonly (string | undefined)[]

/**
 * The directory that is meant: named, or the nearest one from here upwards that holds a stack, or where one is set up by
 * default: `~/mlflow`, for root also `/srv/mlflow`, unless a scenario is wanted that is set up at home: nobody who tries a
 * server of their own means that of the team. Undefined when nothing is named and there is no home.
 */
export async function findStackDirectory(
  context: Pick<CommandContext, 'cwd' | 'files' | 'host'>,
  hints: DirectoryHints,
  scenario?: unknown,
): Promise<string | undefined> {
  const { home } = context.host
  const named = hints.find((hint) => hint !== undefined && hint !== '')
  if (named !== undefined) return resolve(context.cwd, expandHome(named, home))
  for (let directory = context.cwd; ; directory = dirname(directory)) {
    if (await holdsStack(context, directory)) return directory
    if (directory === dirname(directory)) break
  }
  const own = home === undefined ? undefined : join(home, 'mlflow')
  const atHome = context.host.uid !== 0 || ['1', '2', '3'].includes(String(scenario))
  if (atHome || (own !== undefined && (await holdsStack(context, own)))) return own
  return (await holdsStack(context, SHARED_DIRECTORY)) ? SHARED_DIRECTORY : own
}

async function holdsStack({ files }: Pick<CommandContext, 'files'>, directory: string): Promise<boolean> {
  return (await files.stat(join(directory, SPEC_FILE)))?.kind === 'file'
}
