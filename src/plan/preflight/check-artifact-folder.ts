// In: a wanted stack. Out: what keeps its containers from a folder of this machine that shall hold its files.
import { isAbsolute, relative } from 'node:path'
import type { Machine } from '../../answers/machine.ts'
import { renderShellCommand } from '../../formats/shell-words.ts'
import type { Files } from '../../ports/files.ts'
import type { Stack } from '../../stack/spec.ts'
import { artifactFolder } from '../../targets/compose/artifact-folder.ts'
import { MLFLOW_USER } from '../../targets/compose/layout.ts'
import { problemOf, type PreflightProblem } from './preflight-problem.ts'

/** Nothing where files are in a volume or in a bucket, or where nothing runs in containers. */
export async function checkArtifactFolder(
  stack: Stack,
  { engine, root }: Machine,
  { files }: { readonly files: Pick<Files, 'stat'> },
): Promise<readonly PreflightProblem[]> {
  const folder = stack.spec.target === 'compose' ? artifactFolder(stack) : undefined
  if (folder === undefined) return []
  const refuse = (why: string) => [problemOf('artifactStore', `${folder} ${why}`)]
  const inside = relative(folder, stack.directory)
  if (!inside.startsWith('..') && !isAbsolute(inside))
    return refuse('holds the stack itself, with its secrets, which MLflow would hand out; name a folder of its own')
  const own = OWN_FOLDERS.find((name) => isBelow(folder, `${stack.directory}/${name}`))
  if (own !== undefined) return refuse(`is in ${own}/, where the stack has its own files; name another folder`)
  const translated = engine.kind === 'ready' && (engine.rootless || engine.desktop)
  if (translated)
    return refuse('cannot be given to the user of a container: this Docker has users of its own; take local or s3')
  const there = await files.stat(folder)
  if (there !== undefined && there.kind !== 'directory') return refuse('is not a folder; name another one')
  // Root gives it away, or is told why not when its files are looked at.
  if (root || there?.uid === MLFLOW_USER.uid) return []
  const owner = `${MLFLOW_USER.uid}:${MLFLOW_USER.gid}`
  const words = there === undefined ? makeFor(folder) : ['sudo', 'chown', '-R', owner, folder]
  return refuse(`must belong to ${owner}, as whom MLflow runs in its container; run: ${renderShellCommand(words)}`)
}

/** What the stack directory has of its own, beside files. */
const OWN_FOLDERS = ['.mlflow-setup', 'mlflow', 'nginx', 'tls', 'jobs']

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return !way.startsWith('..') && !isAbsolute(way)
}

function makeFor(folder: string): readonly string[] {
  const { uid, gid } = MLFLOW_USER
  return ['sudo', 'install', '-d', '-o', String(uid), '-g', String(gid), '-m', '700', folder]
}
