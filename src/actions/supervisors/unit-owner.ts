// In: the path of a systemd unit, and a stack directory. Out: whether the unit is the stack's own.
import type { Files } from '../../ports/files.ts'

export type UnitOwner = 'nobody' | 'this stack' | 'another stack'

/** Units of our first version name their stack only as the directory in which they run. */
const NAMES_ITS_STACK = [/^X-Stack=(.*)$/mu, /^WorkingDirectory=(.*)$/mu]

/** Two stacks may have one name. A unit whose directory is gone was this stack's before it was moved. */
export async function inspectUnitOwner(path: string, stackDirectory: string, files: Files): Promise<UnitOwner> {
  const text = await files.readText(path)
  if (text === undefined) return 'nobody'
  const named = NAMES_ITS_STACK.map((line) => line.exec(text)?.[1]).find((found) => found !== undefined)
  const directory = named?.replaceAll('%%', '%')
  if (directory === undefined || directory === stackDirectory) return 'this stack'
  const there = await files.stat(directory).then(
    (found) => found !== undefined,
    // A directory that this user may not look into is there, and is not theirs.
    () => true,
  )
  return there ? 'another stack' : 'this stack'
}
