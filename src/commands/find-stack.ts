// In: a stack directory. Out: the stack in it.
import { join } from 'node:path'
import { UserError } from '../errors.ts'
import { SPEC_FILE } from '../stack/file-names.ts'
import { parseSpec } from '../stack/spec-file.ts'
import type { Stack } from '../stack/spec.ts'
import type { CommandContext } from './command-context.ts'
import { findStackDirectory } from './find-stack-directory.ts'

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
