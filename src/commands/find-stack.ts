// In: --dir, the environment and the current directory. Out: the stack directory, and the stack in it.
import { dirname, join, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import { parseSpec, SPEC_FILE } from '../stack/spec-file.ts'
import type { Stack } from '../stack/spec.ts'
import type { CommandContext } from './command-context.ts'

/** What decides about the stack directory, strongest first: flag, variable, answers file. */
export type DirectoryHints = readonly (string | undefined)[]

/**
 * The directory that is meant: named, or the nearest one from here upwards that holds a stack, or `~/mlflow`.
 * Undefined when nothing is named and there is no home.
 */
export async function findStackDirectory(context: CommandContext, hints: DirectoryHints): Promise<string | undefined> {
  const { home } = context.host
  const named = hints.find((hint) => hint !== undefined && hint !== '')
  if (named !== undefined) {
    const expanded =
      home !== undefined && (named === '~' || named.startsWith('~/')) ? join(home, named.slice(1)) : named
    return resolve(context.cwd, expanded)
  }
  for (let directory = context.cwd; ; directory = dirname(directory)) {
    if ((await context.files.stat(join(directory, SPEC_FILE)))?.kind === 'file') return directory
    if (directory === dirname(directory)) break
  }
  return home === undefined ? undefined : join(home, 'mlflow')
}

/** The stack in the directory, or undefined where there is none. Throws UserError for a broken spec. */
export async function readStack(context: CommandContext, directory: string): Promise<Stack | undefined> {
  const path = join(directory, SPEC_FILE)
  const text = await context.files.readText(path)
  return text === undefined ? undefined : { directory, spec: parseSpec(text, path) }
}

/** For commands that work on a stack that is there. Throws UserError `stack.none`. */
export async function requireStack(context: CommandContext, dir: string | undefined): Promise<Stack> {
  const directory = await findStackDirectory(context, [dir, context.env['MLFLOW_SETUP_DIR']])
  if (directory === undefined) {
    throw new UserError('stack.none', 'No stack directory is named, and there is no home directory.', {
      hint: { text: 'Name it with --dir, or set HOME.' },
    })
  }
  const stack = await readStack(context, directory)
  if (stack !== undefined) return stack
  throw new UserError('stack.none', `There is no stack in ${directory}.`, {
    because: `It has no ${SPEC_FILE}.`,
    hint: { text: 'Name its directory with --dir, or set one up.', command: 'mlflow-setup' },
  })
}
