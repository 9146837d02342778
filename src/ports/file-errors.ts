import { ExternalError, UserError } from '../errors.ts'

/** The system's word for the failure, such as `ENOENT`; the empty string for anything else. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

interface Explanation {
  readonly code: string
  readonly because: string
  readonly hint: string
}

const NOT_ALLOWED: Explanation = {
  code: 'files.not-allowed',
  because: 'This user has no permission for it.',
  hint: 'Choose another directory, or change its owner or mode.',
}
const NOT_A_DIRECTORY: Explanation = {
  code: 'files.not-a-directory',
  because: 'A file is where a directory is needed.',
  hint: 'Move that file away, or choose another directory.',
}
const IS_A_DIRECTORY: Explanation = {
  code: 'files.is-a-directory',
  because: 'It is a directory.',
  hint: 'Move the directory away, or choose another path.',
}

/** What the user chose cannot be used. */
const BY_THE_USER = new Map<string, Explanation>([
  ['EACCES', NOT_ALLOWED],
  ['EPERM', NOT_ALLOWED],
  ['ENOTDIR', NOT_A_DIRECTORY],
  ['EEXIST', NOT_A_DIRECTORY],
  ['EISDIR', IS_A_DIRECTORY],
  ['ENOTEMPTY', IS_A_DIRECTORY],
  [
    'EROFS',
    {
      code: 'files.read-only',
      because: 'Its disk is mounted read-only.',
      hint: 'Choose a directory on another disk.',
    },
  ],
  [
    'ENAMETOOLONG',
    {
      code: 'files.name-too-long',
      because: 'The path is longer than this system allows.',
      hint: 'Choose a shorter directory.',
    },
  ],
  [
    'ELOOP',
    {
      code: 'files.link-loop',
      because: 'Its links lead in a circle.',
      hint: 'Remove the link, or choose another directory.',
    },
  ],
])

const FREE_SPACE = 'Free some space and run again, or choose a directory on another disk.'

/** The machine is at its end. */
const BY_THE_MACHINE = new Map<string, Explanation>([
  ['ENOSPC', { code: 'files.no-space', because: 'Its disk is full.', hint: FREE_SPACE }],
  ['EDQUOT', { code: 'files.no-space', because: "This user's disk quota is used up.", hint: FREE_SPACE }],
])

/** Turns a failure of the file system into one that names the path, the reason and the cure. Others come back as they are. */
export function explainFileError(error: unknown, path: string): unknown {
  const code = systemCode(error)
  if (code === '') return error
  const user = BY_THE_USER.get(code)
  if (user !== undefined) {
    const details = { because: user.because, hint: { text: user.hint }, cause: error }
    return new UserError(user.code, `${path} cannot be used.`, details)
  }
  const machine = BY_THE_MACHINE.get(code)
  if (machine !== undefined) {
    const details = { because: machine.because, hint: { text: machine.hint }, cause: error }
    return new ExternalError(machine.code, `${path} could not be written.`, details)
  }
  const because = code === 'ENOENT' ? 'It is not there any more.' : `The system answered ${code}.`
  return new ExternalError('files.failed', `${path} could not be used.`, { because, cause: error })
}
