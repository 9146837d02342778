// In: a spec, and the text that is there. Out: the text of mlflow-setup.yaml, with the user's comments and order kept.
import { isMap, parseDocument } from 'yaml'
import { SPEC_SCHEMA_FILE } from './file-names.ts'
import type { StackSpec } from './spec.ts'

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
  for (const [key, value] of Object.entries(wanted)) {
    if (!sameValue(plainAt(document.toJS(), key), value)) document.set(key, document.createNode(value))
  }
  if (isMap(document.contents)) {
    const obsolete = document.contents.items.map(({ key }) => key).filter((key) => !(String(key) in wanted))
    for (const key of obsolete) document.delete(key)
  }
  return document.toString({ lineWidth: 0 })
}

/** The keys that differ between two specs, as they stand in the file. */
export function changedKeys(before: StackSpec, after: StackSpec): readonly string[] {
  const [was, is] = [writtenForm(before), writtenForm(after)]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => !sameValue(was[key], is[key]))
}

/** Only what applies to the scenario, so that the file can be read from top to bottom. */
function writtenForm(spec: StackSpec): Record<string, unknown> {
  return {
    schemaVersion: spec.schemaVersion,
    name: spec.name,
    scenario: spec.scenario,
    target: spec.target,
    mlflowVersion: spec.mlflowVersion,
    ...(spec.publicUrl === undefined ? {} : { publicUrl: spec.publicUrl }),
    ...(spec.port === undefined ? {} : { port: spec.port }),
    backendStore: spec.backendStore,
    artifactStore: spec.artifactStore,
    ...(spec.service === 'none' ? {} : { service: spec.service }),
    ...(spec.workers === 0 ? {} : { workers: spec.workers }),
    python: spec.python,
    ...(Object.keys(spec.environment).length === 0 ? {} : { environment: spec.environment }),
  }
}

function plainAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined
}

function sameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
