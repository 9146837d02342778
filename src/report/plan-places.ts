// In: an action. Out: the files and folders that it is about, and whether it reaches beyond the stack directory.
import { relative } from 'node:path'
import type { Action, ActionKind } from '../targets/action.ts'

/** Kinds that are about no file of this machine's: a new kind has to be put here or below. */
type Pathless =
  | 'create-user'
  | 'create-database'
  | 'initialise-schema'
  | 'create-bucket'
  | 'install-system-packages'
  | 'write-system-site'
  | 'retire-services'
  | 'run-services'
  | 'pull-images'
  | 'build-image'
  | 'prepare-model'
  | 'set-database-password'
  | 'run-containers'

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
    case 'install-roots':
    case 'write-nginx-config':
    case 'write-image-file':
    case 'write-compose-file':
    case 'write-container-nginx':
      return [input.path]
    case 'make-certificate':
    case 'install-certificate':
      return [input.certificate]
    case 'edit-aws-profile':
      return [input.config]
    default:
      kind satisfies Pathless
      return []
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
