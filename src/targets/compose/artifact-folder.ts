// In: a Stack of containers. Out: the folder of this machine that its files are kept in, where its user wants one.
import { relative } from 'node:path'
import type { Stack } from '../../stack/spec.ts'
import { ARTIFACTS } from '../../stack/stores-from-answers.ts'
import { inStackDirectory } from '../native/layout.ts'
import type { TemplateValues } from '../template-values.ts'
import { MLFLOW_USER } from './layout.ts'

/** Absolute; undefined where files are in a volume or a bucket. */
export function artifactFolder(stack: Stack): string | undefined {
  const { artifactStore } = stack.spec
  if (artifactStore.kind !== 'local' || artifactStore.path === ARTIFACTS) return undefined
  return inStackDirectory(stack, artifactStore.path)
}

export function folderValues(stack: Stack): TemplateValues {
  const { scenario, images } = stack.spec
  const folder = artifactFolder(stack)
  if (folder === undefined)
    return { folder: false, folderUser: false, folderOfTracking: false, folderOfArtifacts: false }
  return {
    folder: shown(folder, stack.directory),
    // A ready image has a user of its own, or none but root.
    folderUser: images?.mlflow === 'build' ? false : `${MLFLOW_USER.uid}:${MLFLOW_USER.gid}`,
    folderOfTracking: scenario !== 6,
    folderOfArtifacts: scenario === 6,
  }
}

/** What is below the stack directory counts from there, so that both can be moved together. */
function shown(folder: string, directory: string): string {
  const inside = relative(directory, folder)
  return inside.startsWith('..') ? folder : `./${inside}`
}
