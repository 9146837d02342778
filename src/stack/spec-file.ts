// In: the text of mlflow-setup.yaml. Out: StackSpec, or every fault with line and column.
import { basename } from 'node:path'
import { closest } from 'fastest-levenshtein'
import { safeParse, type BaseIssue } from 'valibot'
import { serverAddressOf } from '../answers/public-address.ts'
import { UserError, type Problem } from '../errors.ts'
import { objectStoreEndpointOf } from '../formats/object-store-endpoint.ts'
import { hideLogins } from '../formats/secret-text.ts'
import { parseYaml, type YamlDocument } from '../formats/yaml-document.ts'
import { findContradictions } from './contradictions.ts'
import { OWN_STORE } from './object-store.ts'
import { knownKeysAt, specSchema, type WrittenSpec } from './spec-schema.ts'
import type { ArtifactStore, BackendStore, StackSpec } from './spec.ts'

/**
 * Reads a spec. `file` is its name for messages.
 * Throws UserError `yaml.broken` or `spec.wrong`, which lists every fault with line and column.
 */
export function parseSpec(text: string, file: string): StackSpec {
  const yaml = parseYaml(text, file)
  const result = safeParse(specSchema, yaml.value)
  const name = basename(file)
  const problems = result.success
    ? findContradictions(result.output).map(({ key, message }) => ({
        name: `${name}:${positionWords(yaml, [key])}`,
        message: `${key} ${message}`,
      }))
    : result.issues.map((issue) => problemOf(issue, yaml, name))
  if (!result.success || problems.length > 0) {
    const count = problems.length === 1 ? 'one fault' : `${problems.length} faults`
    throw new UserError('spec.wrong', `${file} has ${count}. Nothing was changed.`, {
      problems,
      hint: { text: 'Correct the file and run the command again.' },
    })
  }
  return completed(result.output)
}

function completed(written: WrittenSpec): StackSpec {
  const address = written.publicUrl === undefined ? undefined : serverAddressOf(written.publicUrl)
  const hasServer = address !== undefined
  return {
    ...written,
    publicUrl: address !== undefined && 'href' in address ? address.href : undefined,
    port: written.port,
    artifactsPort: written.artifactsPort,
    backendStore: completedBackend(written.backendStore),
    artifactStore: completedArtifacts(written.artifactStore),
    proxy: written.proxy ?? { kind: 'none' },
    auth: written.auth ?? { kind: 'none' },
    tls: written.tls ?? { kind: 'off' },
    runAs: written.runAs,
    python: written.python,
    images: written.images,
    service: serviceOf(written, hasServer),
    workers: hasServer ? (written.workers ?? 1) : 0,
  }
}

function serviceOf({ target, service }: WrittenSpec, hasServer: boolean): StackSpec['service'] {
  return hasServer && target === 'native' ? (service ?? 'background') : 'none'
}

function completedBackend(store: WrittenSpec['backendStore']): BackendStore {
  return store.kind === 'postgres' && !store.managed ? { ...store, caFile: store.caFile } : store
}

/** Where nobody says how to talk to a store, what every store understands counts. */
function completedArtifacts(store: WrittenSpec['artifactStore']): ArtifactStore {
  if (store.kind === 'local') return store
  if (store.managed !== undefined) return { ...store, publicEndpoint: canonical(store.publicEndpoint), ...OWN_STORE }
  const aws = store.endpoint === undefined
  return {
    ...store,
    endpoint: canonical(store.endpoint),
    publicEndpoint: canonical(store.publicEndpoint),
    caFile: store.caFile,
    addressing: store.addressing ?? (aws ? 'virtual' : 'path'),
    checksums: store.checksums ?? (aws ? 'when_supported' : 'when_required'),
  }
}

function canonical(endpoint: string | undefined): string | undefined {
  const read = endpoint === undefined ? undefined : objectStoreEndpointOf(endpoint)
  return read !== undefined && 'href' in read ? read.href : undefined
}

function problemOf(issue: BaseIssue<unknown>, yaml: YamlDocument, file: string): Problem {
  const keys = (issue.path ?? [])
    .map((item) => item.key)
    .filter((key) => typeof key === 'string' || typeof key === 'number')
  const name = `${file}:${positionWords(yaml, keys)}`
  const dotted = keys.join('.')
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const { line, column } = yaml.positionOfKey(keys)
    return {
      name: `${file}:${line}:${column}`,
      message: `${dotted} is not a known key; did you mean ${closest(String(keys.at(-1)), [...knownKeysAt(keys)])}?`,
    }
  }
  if (issue.received === 'undefined') return { name, message: `${dotted} is missing` }
  if (dotted === '') return { name, message: 'the file must hold the keys of a stack, such as name and scenario' }
  const value = hideLogins(JSON.stringify(issue.input) ?? 'nothing')
  const wants = issue.message.startsWith('must ')
  return { name, message: wants ? `${dotted} is ${value} but ${issue.message}` : `${dotted} ${value} ${issue.message}` }
}

function positionWords(yaml: YamlDocument, keys: readonly (string | number)[]): string {
  const { line, column } = yaml.positionOf(keys)
  return `${line}:${column}`
}
