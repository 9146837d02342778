// In: a stack directory. Out: the stack in it.
import { join } from 'node:path'
import { SHARED_DIRECTORY } from '../answers/shared-directory.ts'
import { UserError } from '../errors.ts'
import { SPEC_FILE } from '../stack/file-names.ts'
import { parseSpec } from '../stack/spec-file.ts'
import type { Stack } from '../stack/spec.ts'
import { buildLayout } from '../targets/native/layout.ts'
import type { CommandContext } from './command-context.ts'
import { findStackDirectory } from './find-stack-directory.ts'

/** The stack in the directory, or undefined where there is none. Throws UserError for a broken spec, and `stack.not-yours`. */
export async function readStack(context: CommandContext, directory: string): Promise<Stack | undefined> {
  const path = join(directory, SPEC_FILE)
  const text = await context.files.readText(path)
  if (text === undefined) return undefined
  await refuseOthersStack(context, directory)
  return { directory, spec: parseSpec(text, path) }
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
    hint: (await isRootsThere(context))
      ? { text: `Name its directory with --dir. The one in ${SHARED_DIRECTORY} is root's: take sudo for it.` }
      : { text: 'Name its directory with --dir, or set one up.', command: 'mlflow-setup' },
  })
}

/** Only its owner may read a stack's secrets; and a server that root starts in the directory of a user would run as root. */
async function refuseOthersStack({ files, host }: CommandContext, directory: string): Promise<void> {
  const owner = (await files.stat(buildLayout(directory).env))?.uid
  if (owner === undefined || host.uid === undefined || owner === host.uid) return
  const [name, cure] =
    owner === 0 ? ['root', 'with sudo'] : [`user number ${owner}`, `as that user: sudo -u '#${owner}'`]
  throw new UserError('stack.not-yours', `The stack in ${directory} is not yours.`, {
    because: `Its .env belongs to ${name}.`,
    hint: { text: `Run the same command ${cure}.` },
  })
}

async function isRootsThere({ files, host }: CommandContext): Promise<boolean> {
  if (host.uid === 0) return false
  const found = await files.stat(join(SHARED_DIRECTORY, SPEC_FILE)).catch(() => undefined)
  return found !== undefined
}
