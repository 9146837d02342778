// In: a Stack of containers. Out: the image that its further images are made from, by the word that their templates have for it.
import { upstreamImage } from '../../stack/images.ts'
import type { Stack } from '../../stack/spec.ts'

export function baseImages({ spec }: Stack): { readonly base: string } {
  const own = spec.images?.mlflow ?? 'build'
  return { base: own === 'build' ? upstreamImage(spec.mlflowVersion) : own }
}
