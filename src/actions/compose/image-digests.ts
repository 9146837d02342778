// In: the file that keeps what was pulled. Out: the images by name and digest.
import { fallback, parse, record, string } from 'valibot'
import { parseImageName } from '../../formats/image-name.ts'
import type { Files } from '../../ports/files.ts'

/** Digests by the name of the image: `postgres:17` → `sha256:…`. */
export type ImageDigests = Readonly<Record<string, string>>

const digestsFile = fallback(record(string(), string()), {})

export async function readDigests(path: string, { files }: { readonly files: Files }): Promise<ImageDigests> {
  const text = await files.readText(path)
  try {
    return text === undefined ? {} : parse(digestsFile, JSON.parse(text))
  } catch {
    // A file of ours that is damaged says nothing: the images are looked at again.
    return {}
  }
}

export async function writeDigests(
  path: string,
  digests: ImageDigests,
  { files }: { readonly files: Files },
): Promise<void> {
  await files.writeText(path, `${JSON.stringify(digests, undefined, 2)}\n`, { mode: 0o644 })
}

/** `postgres:17@sha256:…`, where the digest is known; an image that was built here has none. */
export function pinned(image: string, digests: ImageDigests): string {
  const digest = digests[image]
  return digest === undefined || parseImageName(image)?.digest !== undefined ? image : `${image}@${digest}`
}

/** The digest by which a registry knows the image; undefined for one that comes from none. */
export function digestOf(image: string, repoDigests: readonly string[]): string | undefined {
  const name = parseImageName(image)?.name
  const [, digest] = repoDigests.map((one) => one.split('@')).find(([repository]) => repository === name) ?? []
  return digest
}
