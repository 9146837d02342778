// In: a path. Out: the folder above it that keeps other users away.
import { dirname } from 'node:path'
import type { Files } from '../../ports/files.ts'

/** The first folder above the path that only its owner and group may enter. */
export async function findClosedFolder(path: string, files: Pick<Files, 'stat'>): Promise<string | undefined> {
  const folders: string[] = []
  for (let at = dirname(path); ; at = dirname(at)) {
    folders.unshift(at)
    if (at === dirname(at)) break
  }
  const stats = await Promise.all(folders.map((folder) => files.stat(folder)))
  return folders.find((_, at) => {
    const mode = stats[at]?.mode
    return mode !== undefined && (mode & 0o001) === 0
  })
}
