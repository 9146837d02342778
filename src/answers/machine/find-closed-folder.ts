// In: a path. Out: the folder above it that keeps other users away.
import { basename, dirname, join } from 'node:path'
import type { Files } from '../../ports/files.ts'

type Ports = Pick<Files, 'stat' | 'realPath'>

/** The first folder above the path, links followed, that only its owner and group may enter. Nothing need be there yet. */
export async function findClosedFolder(path: string, files: Ports): Promise<string | undefined> {
  const place = await withoutLinks(path, files)
  const folders: string[] = []
  for (let at = dirname(place); ; at = dirname(at)) {
    folders.unshift(at)
    if (at === dirname(at)) break
  }
  const stats = await Promise.all(folders.map((folder) => files.stat(folder)))
  return folders.find((_, at) => {
    const mode = stats[at]?.mode
    return mode !== undefined && (mode & 0o001) === 0
  })
}

async function withoutLinks(path: string, files: Ports): Promise<string> {
  const real = await files.realPath(path)
  if (real !== undefined || path === dirname(path)) return real ?? path
  return join(await withoutLinks(dirname(path), files), basename(path))
}
