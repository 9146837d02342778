// In: the text of mlflow-setup.yaml. Out: StackSpec, or every fault with line and column; and the text for a spec.
import { basename } from 'node:path'
import { closest } from 'fastest-levenshtein'
import * as v from 'valibot'
import { isLoopback, publicAddressOf } from '../answers/public-address.ts'
import { UserError, type Problem } from '../errors.ts'
import { parseYaml, type YamlDocument } from '../formats/yaml-document.ts'
import type { StackSpec } from './spec.ts'

const path = v.pipe(
  v.string('must be a path'),
  v.minLength(1, 'is empty'),
  v.regex(/^[^\r\n\0]*$/, 'has a line break in it'),
)
const store = <const K extends string>(kind: K) => v.strictObject({ kind: v.literal(kind), path })
const variable = v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not the name of a variable'))
const setting = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], 'must be one value'),
  v.transform(String),
  v.regex(/^[^\r\n\0]*$/, 'has a line break in it'),
)

/** What a person may write; `parseSpec` fills in the rest. */
export const specSchema = v.strictObject({
  schemaVersion: v.literal(1, 'must be 1'),
  name: v.pipe(
    v.string('must be a name'),
    v.maxLength(40, 'is longer than 40 characters'),
    v.regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, 'must be lower-case letters, digits and dashes, a letter first'),
  ),
  scenario: v.picklist([1, 2, 3, 5], 'must be 1, 2, 3 or 5'),
  target: v.picklist(['native'], 'must be native'),
  mlflowVersion: v.pipe(
    v.string('must be a version in quotes, such as "3.17.2"'),
    v.regex(/^\d+\.\d+\.\d+((rc|\.post)\d+)?$/, 'must be an exact version such as 3.17.2'),
  ),
  publicUrl: v.optional(
    v.pipe(
      v.string('must be an address such as http://127.0.0.1:5000'),
      v.check((value) => !('problem' in publicAddressOf(value)), 'must be an address such as http://127.0.0.1:5000'),
    ),
  ),
  port: v.optional(
    v.pipe(
      v.number('must be a port'),
      v.integer('must be a port'),
      v.minValue(1024, 'must be 1024 or more'),
      v.maxValue(65_535, 'must be 65535 or less'),
    ),
  ),
  backendStore: v.variant('kind', [store('sqlite'), store('file')], 'must have kind sqlite or file, and a path'),
  artifactStore: store('local'),
  service: v.optional(
    v.picklist(['systemd', 'systemd-user', 'background'], 'must be systemd, systemd-user or background'),
  ),
  workers: v.optional(
    v.pipe(
      v.number('must be a number'),
      v.integer('must be a whole number'),
      v.minValue(1, 'must be 1 or more'),
      v.maxValue(64, 'must be 64 or less'),
    ),
  ),
  python: path,
  environment: v.optional(v.record(variable, setting, 'must be a list of variables with their values'), {}),
})

type WrittenSpec = v.InferOutput<typeof specSchema>

/**
 * Reads a spec. `file` is its name for messages.
 * Throws UserError `yaml.broken` or `spec.wrong`, which lists every fault with line and column.
 */
export function parseSpec(text: string, file: string): StackSpec {
  const yaml = parseYaml(text, file)
  const result = v.safeParse(specSchema, yaml.value)
  const name = basename(file)
  const problems = result.success
    ? contradictions(result.output, yaml, name)
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
  const address = written.publicUrl === undefined ? undefined : publicAddressOf(written.publicUrl)
  const hasServer = address !== undefined
  return {
    ...written,
    publicUrl: address !== undefined && 'href' in address ? address.href : undefined,
    port: written.port,
    artifactsPort: undefined,
    proxy: { kind: 'none' },
    auth: { kind: 'none' },
    tls: { kind: 'off' },
    runAs: undefined,
    service: hasServer ? (written.service ?? 'background') : 'none',
    workers: hasServer ? (written.workers ?? 1) : 0,
  }
}

/** What each key allows by itself but the whole does not. */
function contradictions(spec: WrittenSpec, yaml: YamlDocument, file: string): Problem[] {
  const hasServer = spec.scenario === 3 || spec.scenario === 5
  const at = (key: string) => `${file}:${positionWords(yaml, [key])}`
  const problems: Problem[] = []
  const refuse = (key: string, message: string) => problems.push({ name: at(key), message: `${key} ${message}` })
  if (hasServer && spec.publicUrl === undefined)
    refuse('publicUrl', `is missing: scenario ${spec.scenario} has a server`)
  for (const key of ['publicUrl', 'service', 'workers'] as const) {
    if (!hasServer && spec[key] !== undefined) refuse(key, `does not apply: scenario ${spec.scenario} has no server`)
  }
  const loopback = spec.publicUrl === undefined || isLoopback(spec.publicUrl)
  if (loopback && spec.port !== undefined) refuse('port', 'does not apply: the port is part of publicUrl')
  if (hasServer && !loopback && spec.port === undefined)
    refuse('port', 'is missing: the port on 127.0.0.1 that your proxy passes on to')
  const kind = spec.scenario === 1 ? 'file' : 'sqlite'
  if (spec.backendStore.kind !== kind) refuse('backendStore', `must have kind ${kind} in scenario ${spec.scenario}`)
  return problems
}

function problemOf(issue: v.BaseIssue<unknown>, yaml: YamlDocument, file: string): Problem {
  const keys = (issue.path ?? [])
    .map((item) => item.key)
    .filter((key) => typeof key === 'string' || typeof key === 'number')
  const name = `${file}:${positionWords(yaml, keys)}`
  const dotted = keys.join('.')
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = Object.keys(keys.length === 1 ? specSchema.entries : { kind: 0, path: 0 })
    const { line, column } = yaml.positionOfKey(keys)
    return {
      name: `${file}:${line}:${column}`,
      message: `${dotted} is not a known key; did you mean ${closest(String(keys.at(-1)), known)}?`,
    }
  }
  if (issue.received === 'undefined') return { name, message: `${dotted} is missing` }
  if (dotted === '') return { name, message: 'the file must hold the keys of a stack, such as name and scenario' }
  return { name, message: `${dotted} is ${JSON.stringify(issue.input) ?? 'nothing'} but ${issue.message}` }
}

function positionWords(yaml: YamlDocument, keys: readonly (string | number)[]): string {
  const { line, column } = yaml.positionOf(keys)
  return `${line}:${column}`
}
