// In: a Stack of containers. Out: the actions that make its folders; the last one stands for all.
import type { Stack } from '../../stack/spec.ts'
import type { Action } from '../action.ts'
import { buildAction } from '../build-action.ts'
import { artifactFolder } from './artifact-folder.ts'
import { composeLayout, MLFLOW_USER } from './layout.ts'
import { hasRoots } from './roots.ts'

/** The stack directory keeps everybody else out: users of containers have no names on this machine. */
export function makeFolders(stack: Stack): readonly Action[] {
  const { spec, directory } = stack
  const { own, image, nginx, shownCertificates, authority, jobs, roots } = composeLayout(directory)
  const outer = buildAction(
    'make-directories',
    { name: 'directory', title: 'stack directory', detail: directory, needs: [] },
    { paths: [directory, own, ...(spec.tls.kind === 'off' ? [] : [authority])], mode: 0o700 },
  )
  const shown = [
    ...(spec.images?.mlflow === 'build' ? [image] : []),
    ...(spec.proxy.kind === 'none' ? [] : [nginx]),
    ...(spec.tls.kind === 'off' ? [] : [shownCertificates]),
    ...(hasRoots(stack) ? [roots] : []),
    jobs,
  ]
  const about = { name: 'folders', title: 'folders', detail: 'for what containers read', needs: [outer.id] }
  return [
    outer,
    ...makeArtifactFolder(stack, outer.id),
    buildAction('make-directories', about, { paths: shown, mode: 0o755 }),
  ]
}

/** The user's disk, which MLflow writes to as itself. */
function makeArtifactFolder(stack: Stack, outer: string): readonly Action[] {
  const folder = artifactFolder(stack)
  if (folder === undefined) return []
  const detail = `${folder}, 0700, of user ${MLFLOW_USER.uid}, MLflow in its container`
  const about = { name: 'artifacts', title: 'folder of files', detail, needs: [outer] }
  const input = { paths: [folder], mode: 0o700, owner: MLFLOW_USER, keepsOwner: true } as const
  return [buildAction('make-directories', about, input)]
}
