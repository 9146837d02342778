// In: an action. Out: the files and folders that it is about, and whether it reaches beyond the stack directory.
import { relative } from 'node:path'
import { unreachable } from '../errors.ts'
import type { Action, ActionKind } from '../targets/action.ts'

/** The files and folders that the action is about; none where it is about something else. */
export function pathsOf({ kind, input }: Action): readonly string[] {
  switch (kind) {
    case 'make-directories':
      return input.paths
    case 'write-file':
    case 'write-spec':
    case 'create-venv':
      return [input.path]
    case 'install-packages':
      return [input.venv]
    case 'initialise-store':
      return [input.file]
    case 'compile-code':
      return [input.cache ?? input.python]
    case 'create-cluster':
      return [input.directory]
    case 'set-password-file':
    case 'write-nginx-config':
      return [input.path]
    case 'make-certificate':
    case 'install-certificate':
      return [input.certificate]
    case 'edit-aws-profile':
      return [input.config]
    case 'create-user':
    case 'create-database':
    case 'initialise-schema':
    case 'create-bucket':
    case 'install-system-packages':
    case 'write-system-site':
    case 'retire-services':
    case 'run-services':
      return []
    default:
      return unreachable(kind)
  }
}

const OUTSIDE: readonly ActionKind[] = ['install-system-packages', 'create-user', 'create-bucket', 'write-system-site']

/** Whether it changes something that is not in the stack directory. */
export function isOutside(action: Action, directory: string): boolean {
  if (action.kind === 'create-database') return !action.input.managed
  // What is not in a folder of ours counts as outside.
  if (OUTSIDE.includes(action.kind)) return true
  const paths = pathsOf(action)
  return paths.length > 0 && paths.every((path) => relative(directory, path).startsWith('..'))
}
