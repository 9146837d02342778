// In: the name of a container image. Out: what keeps it from being one that stays the same, or its parts.

/** `harbor.corp:8443/team/nginx:1.30@sha256:…` (distribution/reference, grammar of a reference). */
const IMAGE =
  /^(?<name>(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/

export interface ImageName {
  readonly name: string
  readonly tag: string | undefined
  readonly digest: string | undefined
}

/** Undefined where it is none. */
export function parseImageName(text: string): ImageName | undefined {
  const groups = IMAGE.exec(text)?.groups
  if (groups?.['name'] === undefined) return undefined
  return { name: groups['name'], tag: groups['tag'], digest: groups['digest'] }
}

/** Why no stack should run it; goes on after the value. `build` is the word for an image that is made here. */
export function whyNotImage(text: string): string | undefined {
  if (text === 'build') return undefined
  const image = parseImageName(text)
  if (image === undefined) return 'is not the name of an image, such as registry.example/mlflow:3.17.2'
  if (image.digest !== undefined) return undefined
  if (image.tag === undefined) return 'names no version: the next pull could bring another one; add a tag'
  return image.tag === 'latest' ? 'is whatever is newest on the day it is pulled; take the tag of a version' : undefined
}

/** The first number of its tag: `postgres:17.5` → 17; undefined where the tag has none. */
export function majorOfTag(text: string): number | undefined {
  const [, digits] = /^v?(\d+)/.exec(parseImageName(text)?.tag ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}
