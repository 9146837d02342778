// In: the URI of a model, as MLflow writes it. Out: what it names, or why it names nothing.

/** `models:/fraud/3`, `models:/fraud@champion`, `models:/m-…`, `runs:/…/model`. */
export type ModelUri =
  | { readonly kind: 'version'; readonly name: string; readonly version: string }
  | { readonly kind: 'alias'; readonly name: string; readonly alias: string }
  | { readonly kind: 'model'; readonly id: string }
  | { readonly kind: 'run'; readonly run: string; readonly path: string }

const PART = String.raw`[^/@\s\p{Cc}](?:[^/@\p{Cc}]*[^/@\s\p{Cc}])?`
const VERSION = new RegExp(String.raw`^models:/(${PART})/(\d+)$`, 'u')
const ALIAS = new RegExp(String.raw`^models:/(${PART})@(${PART})$`, 'u')
const MODEL = /^models:\/(m-[0-9a-f]+)$/u
const RUN = /^runs:\/([0-9a-f]{32})\/([^\s\p{Cc}](?:[^\p{Cc}]*[^\s\p{Cc}])?)$/u

/** Undefined for everything else: what is not on the stack's own server is not served by it. */
export function parseModelUri(text: string): ModelUri | undefined {
  const [, name, version] = VERSION.exec(text) ?? []
  if (name !== undefined && version !== undefined) return { kind: 'version', name, version }
  const [, aliased, alias] = ALIAS.exec(text) ?? []
  if (aliased !== undefined && alias !== undefined) return { kind: 'alias', name: aliased, alias }
  const [, id] = MODEL.exec(text) ?? []
  if (id !== undefined) return { kind: 'model', id }
  const [, run, path] = RUN.exec(text) ?? []
  if (run === undefined || path === undefined || path.split('/').includes('..')) return undefined
  return { kind: 'run', run, path }
}

/** Goes on after the text; undefined where nothing is wrong with it. */
export function whyNotModelUri(text: string): string | undefined {
  return parseModelUri(text) === undefined
    ? 'names no model: write models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID or runs:/RUN/PATH'
    : undefined
}
