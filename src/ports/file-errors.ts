import { ExternalError, UserError } from '../errors.ts'

/** The system's word for the failure, such as `ENOENT`; the empty string for anything else. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

type Cure = { readonly code: string; readonly message: string; readonly because: string; readonly hint: string }

function userCure(code: string, path: string): Cure | undefined {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'files.not-allowed',
        message: `${path} is not accessible.`,
        because: 'This user has no permission for it.',
        hint: 'Choose another directory, or change its owner or mode.',
      }
    case 'EROFS':
      return {
        code: 'files.read-only',
        message: `${path} cannot be written.`,
        because: 'Its disk is mounted read-only.',
        hint: 'Choose a directory on another disk.',
      }
    case 'ENOTDIR':
    case 'EEXIST':
      return {
        code: 'files.not-a-directory',
        message: `${path} cannot be made.`,
        because: 'A file is where a directory is needed.',
        hint: 'Move that file away, or choose another directory.',
      }
    case 'EISDIR':
    case 'ENOTEMPTY':
      return {
        code: 'files.is-a-directory',
        message: `${path} cannot be used as a file.`,
        because: 'It is a directory.',
        hint: 'Move the directory away, or choose another path.',
      }
    case 'ENAMETOOLONG':
      return {
        code: 'files.name-too-long',
        message: `${path} cannot be used.`,
        because: 'The path is longer than this system allows.',
        hint: 'Choose a shorter directory.',
      }
    case 'ELOOP':
      return {
        code: 'files.link-loop',
        message: `${path} cannot be used.`,
        because: 'Its links lead in a circle.',
        hint: 'Remove the link, or choose another directory.',
      }
    default:
      return undefined
  }
}

function diskCure(code: string, path: string): Cure | undefined {
  switch (code) {
    case 'ENOSPC':
      return {
        code: 'files.no-space',
        message: `${path} could not be written.`,
        because: 'Its disk is full.',
        hint: 'Free some space and run again, or choose a directory on another disk.',
      }
    case 'EDQUOT':
      return {
        code: 'files.no-space',
        message: `${path} could not be written.`,
        because: "This user's disk quota is used up.",
        hint: 'Free some space and run again, or choose a directory on another disk.',
      }
    default:
      return undefined
  }
}

/** Turns a failure of the file system into one that names the path, the reason and the cure. Others come back as they are. */
export function explainFileError(error: unknown, path: string): unknown {
  const code = systemCode(error)
  if (code === '') return error
  const user = userCure(code, path)
  if (user !== undefined) {
    return new UserError(user.code, user.message, { because: user.because, hint: { text: user.hint }, cause: error })
  }
  const disk = diskCure(code, path)
  if (disk !== undefined) {
    return new ExternalError(disk.code, disk.message, {
      because: disk.because,
      hint: { text: disk.hint },
      cause: error,
    })
  }
  const because = code === 'ENOENT' ? 'It is not there any more.' : `The system answered ${code}.`
  return new ExternalError('files.failed', `${path} could not be used.`, { because, cause: error })
}
