// In: the spec of a stack that is there, and the wanted one. Out: what happens to what is in its stores, when they change.
import type { ArtifactStore, BackendStore, StackSpec } from '../stack/spec.ts'
import type { Style } from './style.ts'

/** Nothing is lost and nothing is moved: that is said before anybody agrees. Empty where the stores stay. */
export function formatStoreChanges(
  before: StackSpec | undefined,
  after: StackSpec,
  style: Style,
  columns = style.columns - 3,
): string[] {
  if (before === undefined) return []
  const runs = placeOfRuns(before.backendStore)
  const files = placeOfFiles(before.artifactStore)
  const lines = [
    ...(runs === placeOfRuns(after.backendStore)
      ? []
      : [
          `The runs so far stay in ${runs}: nothing is moved, and nothing is deleted. The server begins with an empty ${placeOfRuns(after.backendStore)}.`,
        ]),
    ...(files === placeOfFiles(after.artifactStore)
      ? []
      : [
          `The files so far stay in ${files}. Old experiments keep their place, new ones get ${placeOfFiles(after.artifactStore)}.`,
        ]),
  ]
  return lines.flatMap((line) => style.wrap(style.yellow(`${style.symbols.bang} ${line}`), columns))
}

function placeOfRuns(store: BackendStore): string {
  if (store.kind !== 'postgres') return store.path
  return store.managed
    ? `database ${store.database} of the stack's PostgreSQL`
    : `database ${store.database} at ${store.host}:${store.port}`
}

function placeOfFiles(store: ArtifactStore): string {
  if (store.kind === 'local') return store.path
  const prefix = store.prefix === '' ? '' : `/${store.prefix}`
  return `s3://${store.bucket}${prefix}${store.endpoint === undefined ? '' : ` at ${store.endpoint}`}`
}
