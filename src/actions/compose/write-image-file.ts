// In: a template that names images. Out: the file, with each image by the digest that was pulled.
import type { WriteFileInput } from '../../targets/action.ts'
import type { WriteImageFileInput } from '../../targets/compose-actions.ts'
import type { ActionKindOf, ActionPorts } from '../action-kind.ts'
import { writeFile } from '../write-file.ts'
import { pinned, readDigests } from './image-digests.ts'

/** As `writeFile` does it. Until the images are there, nobody knows their digests. */
export const writeImageFile: ActionKindOf<WriteImageFileInput> = {
  inspect: async (input, ports, signal) => writeFile.inspect(await fileOf(input, ports), ports, signal),
  apply: async (input, ports, progress, signal) => writeFile.apply(await fileOf(input, ports), ports, progress, signal),
}

export async function fileOf(
  { path, template, values, digests, mode }: WriteImageFileInput,
  ports: Pick<ActionPorts, 'files'>,
): Promise<WriteFileInput> {
  const known = await readDigests(digests, ports)
  const images = Object.fromEntries(Object.entries(values.images).map(([word, image]) => [word, pinned(image, known)]))
  return { path, template, values: { ...values, images }, mode, comment: '#' }
}
