// In: paths and their mode. Out: the directories are there, and their owner can use them.
import type { Files } from '../ports/files.ts'
import type { ActionInputs } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const makeDirectories: ActionKindOf<ActionInputs['make-directories']> = {
  async inspect({ paths }, { files }) {
    const found = await Promise.all(paths.map((path) => lookAt(path, files)))
    const blocked = paths.find((_path, index) => found[index] === 'blocked')
    if (blocked !== undefined) return { effect: 'conflict', why: `${blocked} is not a directory` }
    const closed = paths.find((_path, index) => found[index] === 'closed')
    if (closed !== undefined) return { effect: 'update', why: `${closed} is closed to its owner` }
    return found.includes('missing')
      ? { effect: 'create', why: 'not there yet' }
      : { effect: 'unchanged', why: 'there' }
  },

  async apply({ paths, mode }, { files }) {
    for (const path of paths) {
      const state = await lookAt(path, files)
      if (state === 'missing') await files.makeDirectory(path, { mode })
      else if (state === 'closed') await files.changeMode(path, mode)
    }
  },
}

type DirectoryState = 'missing' | 'blocked' | 'closed' | 'fine'

async function lookAt(path: string, files: Files): Promise<DirectoryState> {
  const there = await files.stat(path)
  if (there === undefined) return 'missing'
  if (there.kind !== 'directory') return 'blocked'
  // Its user may open it up to others; that is not put back.
  return (there.mode & 0o700) === 0o700 ? 'fine' : 'closed'
}
