// In: a wanted stack. Out: what its services could not reach as the user that they run as.
import { dirname } from 'node:path'
import type { Machine } from '../../answers/machine.ts'
import type { Files } from '../../ports/files.ts'
import type { Stack } from '../../stack/spec.ts'
import { problemOf, type PreflightPorts, type PreflightProblem } from './preflight-problem.ts'

/** A user of their own must get to the stack directory and to the Python that the virtual environment stands on. */
export async function checkAccess(
  { directory, spec }: Stack,
  machine: Machine,
  { files }: PreflightPorts,
): Promise<readonly PreflightProblem[]> {
  const { runAs, python } = spec
  if (runAs === undefined) return []
  if (!machine.root) return [problemOf('runAs', 'only root can make a user; take none, or use sudo')]
  const [closed, hidden] = await Promise.all([
    findClosedFolder(directory, files),
    findClosedFolder((await files.realPath(python)) ?? python, files),
  ])
  return [
    ...(closed === undefined
      ? []
      : [
          problemOf(
            'dir',
            `${directory} is below ${closed}, which the user ${runAs} may not enter; take /srv/${spec.name}, or --run-as none`,
          ),
        ]),
    ...(hidden === undefined
      ? []
      : [problemOf('python', `${python} is below ${hidden}, which the user ${runAs} may not enter; take another one`)]),
  ]
}

/** The first folder above the path that only its owner and group may enter. */
async function findClosedFolder(path: string, files: Pick<Files, 'stat'>): Promise<string | undefined> {
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
