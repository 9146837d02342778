// In: a spec, and the text that is there. Out: the text of mlflow-setup.yaml, with the user's comments and order kept.
import { isMap, parseDocument, type Document } from 'yaml'
import { SPEC_SCHEMA_FILE } from './file-names.ts'
import type { ArtifactStore, StackSpec } from './spec.ts'

const HEAD = `# yaml-language-server: $schema=${SPEC_SCHEMA_FILE}
# What this MLflow stack is. Edit it, then run: mlflow-setup apply
# Secrets are in .env. Lines of your own are kept.
`

/** A new file when there is no `current` text; else the current one with just the values changed that differ. */
export function renderSpec(spec: StackSpec, current: string | undefined): string {
  const wanted = writtenForm(spec)
  const document = parseDocument(
    current ??
      HEAD +
        Object.entries(wanted)
          .map(([key]) => `${key}: null\n`)
          .join(''),
  )
  bringTo(document, [], wanted)
  return document.toString({ lineWidth: 0 })
}

/** The keys that differ between two specs, as they stand in the file. */
export function changedKeys(before: StackSpec, after: StackSpec): readonly string[] {
  const [was, is] = [writtenForm(before), writtenForm(after)]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => !sameValue(was[key], is[key]))
}

/** Changes what differs at a place of the document, block by block, so that comments beside what stays are kept. */
function bringTo(document: Document, place: readonly string[], wanted: Block): void {
  for (const [key, value] of Object.entries(wanted)) {
    const path = [...place, key]
    const there: unknown = document.getIn(path, true)
    if (isBlock(value) && isMap(there)) bringTo(document, path, value)
    else if (!sameValue(plainAt(document, path), value)) document.setIn(path, document.createNode(value))
  }
  const block: unknown = place.length === 0 ? document.contents : document.getIn(place, true)
  if (!isMap(block)) return
  const obsolete = block.items.map(({ key }) => String(key)).filter((key) => !(key in wanted))
  for (const key of obsolete) document.deleteIn([...place, key])
}

type Block = Readonly<Record<string, unknown>>

/** Only what applies to the scenario, so that the file can be read from top to bottom. */
function writtenForm(spec: StackSpec): Block {
  const { proxy, auth, tls } = spec
  return withoutUndefined({
    schemaVersion: spec.schemaVersion,
    name: spec.name,
    scenario: spec.scenario,
    target: spec.target,
    mlflowVersion: spec.mlflowVersion,
    publicUrl: spec.publicUrl,
    port: spec.port,
    artifactsPort: spec.artifactsPort,
    backendStore: withoutUndefined(spec.backendStore),
    artifactStore: withoutUndefined(withoutEmpty(writtenStore(spec.artifactStore))),
    proxy: proxy.kind === 'none' ? undefined : withoutEmpty(proxy),
    auth: auth.kind === 'none' ? undefined : auth,
    tls: tls.kind === 'off' ? undefined : tls,
    service: spec.service === 'none' ? undefined : spec.service,
    runAs: spec.runAs,
    workers: spec.workers === 0 ? undefined : spec.workers,
    python: spec.python,
    images: spec.images === undefined ? undefined : withoutUndefined(spec.images),
    notebook: spec.notebook,
    model: spec.model,
    environment: Object.keys(spec.environment).length === 0 ? undefined : spec.environment,
  })
}

/** A store of the stack's own is where the stack puts it: nobody has to read or write how it is reached. */
function writtenStore(store: ArtifactStore): object {
  if (store.kind === 'local' || store.managed === undefined) return store
  const { kind, managed, bucket, prefix, publicEndpoint } = store
  return { kind, managed, bucket, prefix, publicEndpoint }
}

function withoutUndefined(block: object): Block {
  return Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined))
}

/** An empty prefix, or an empty list, says no more than a line that is not there. */
function withoutEmpty(block: object): object {
  return Object.fromEntries(Object.entries(block).filter(([, value]) => value !== '' && !isEmptyList(value)))
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function plainAt(document: Document, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isBlock(value) ? value[key] : undefined), document.toJS())
}

/** The order of keys is the user's. */
function sameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other))
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (!isBlock(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, inOrder(inner)]),
  )
}
