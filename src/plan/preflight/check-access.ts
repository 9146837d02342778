// In: a wanted stack. Out: what its services could not reach as the user that they run as.
import { findClosedFolder } from '../../answers/machine/find-closed-folder.ts'
import type { Machine } from '../../answers/machine.ts'
import type { Files } from '../../ports/files.ts'
import type { Stack } from '../../stack/spec.ts'
import { problemOf, type PreflightProblem } from './preflight-problem.ts'

/** A user of their own must get to the stack directory and to the Python that the virtual environment stands on. */
export async function checkAccess(
  { directory, spec }: Stack,
  machine: Machine,
  { files }: { readonly files: Pick<Files, 'stat' | 'realPath'> },
): Promise<readonly PreflightProblem[]> {
  const { runAs, python = '/', backendStore, target } = spec
  if (target !== 'native') return []
  if (runAs === undefined) {
    const managed = backendStore.kind === 'postgres' && backendStore.managed
    return managed && machine.root
      ? [problemOf('runAs', 'none is root here, as whom PostgreSQL never runs; take mlflow')]
      : []
  }
  if (!machine.root) return [problemOf('runAs', 'only root can make a user; take none, or use sudo')]
  const [closed, hidden] = await Promise.all([findClosedFolder(directory, files), findClosedFolder(python, files)])
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
