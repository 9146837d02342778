// In: a Stack of containers. Out: the image that its further images are made from, and what they have in common.
import { upstreamImage } from '../../stack/images.ts'
import type { Stack, StackSpec } from '../../stack/spec.ts'

/**
 * The kernel of a notebook brings it, and MLflow takes it down as a package of the models that are logged there: what serves
 * them has it too, so that they need no environment of their own.
 */
export const PSUTIL = 'psutil==7.2.2'

export function baseImages({ spec }: Stack): { readonly base: string } {
  const own = spec.images?.mlflow ?? 'build'
  return { base: own === 'build' ? upstreamOf(spec) : own }
}

/** MLflow's own image, by the name that this stack has for it. */
export function upstreamOf({ images, mlflowVersion }: StackSpec): string {
  return images?.base ?? upstreamImage(mlflowVersion)
}
