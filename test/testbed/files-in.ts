import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Paths of all files below a folder, sorted; none where there is no folder. */
export async function filesIn(...folder: readonly string[]): Promise<readonly string[]> {
  const root = join(...folder)
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .toSorted()
}
