// In: a path and its mode. Out: the directory is there.
import type { ActionInputs } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const makeDirectory: ActionKindOf<ActionInputs['make-directory']> = {
  async inspect({ path, mode }, { files }) {
    const there = await files.stat(path)
    if (there === undefined) return { effect: 'create', why: 'not there yet' }
    if (there.kind !== 'directory') return { effect: 'conflict', why: 'something else is there: not a directory' }
    // A directory of ours may be opened up by its owner, but not closed to its owner.
    return (there.mode & 0o700) === 0o700 ? { effect: 'unchanged', why: 'there' } : { effect: 'update', why: `mode becomes ${mode.toString(8)}` }
  },
  async apply({ path, mode }, { files }) {
    const there = await files.stat(path)
    if (there === undefined) await files.makeDirectory(path, { mode })
    else await files.changeMode(path, mode)
  },
}
