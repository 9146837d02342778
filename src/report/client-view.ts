// In: what the clients of a stack need. Out: lines that a shell, a file or Python takes, or one JSON document.
import { awsPartitionOf, renderAwsPolicy } from '../formats/aws-policy.ts'
import { renderSecretVariables } from '../formats/secret-text.ts'
import { renderPreamble, renderVariable, type VariableFormat } from '../formats/variable-lines.ts'
import type { Effect } from '../plan/plan.ts'
import { Secret } from '../secret.ts'
import type { S3Store, Scenario } from '../stack/spec.ts'
import type { JsonDocument } from './json.ts'
import { formatList } from './quantities.ts'
import type { Style } from './style.ts'

/** One variable. A value of `undefined` is known to nobody but its owner; `unknown` says what it is. */
export interface ClientVariableFacts {
  readonly name: string
  readonly value: string | Secret | undefined
  readonly unknown?: string
  /** Whether the value is the path of a file, which other machines need a copy of. */
  readonly file?: true
}

export interface ClientFacts {
  readonly name: string
  /** The command that prints these lines, but for the format. */
  readonly command: string
  readonly scenario: Scenario
  readonly address: string | undefined
  /** As pip takes them. */
  readonly packages: readonly string[]
  readonly variables: readonly ClientVariableFacts[]
  /** The AWS profile that holds the rest. */
  readonly profile: string | undefined
  /** A bucket that clients log in to by themselves, because the stack has no keys for it. */
  readonly ownKeys: S3Store | undefined
}

export interface ProfileChangeFacts {
  readonly effect: Effect
  /** The two AWS files. */
  readonly files: readonly string[]
  /** What was seen in them that the user ought to know. */
  readonly notes: readonly string[]
}

/** Every value in full: this is the command that is asked for them. */
export function formatClient(facts: ClientFacts, format: VariableFormat): string[] {
  return [
    `# What clients of ${facts.name} need: scenario ${facts.scenario}${facts.address === undefined ? '' : `, ${facts.address}`}`,
    `# pip install ${facts.packages.join(' ')}`,
    ...LOADING[format](facts.command).map((line) => `# To load it: ${line}`),
    ...ownKeysLines(facts.ownKeys),
    ...renderPreamble(format),
    ...facts.variables.flatMap((variable) => variableLines(variable, format)),
  ]
}

/** The command that makes a shell take these lines, where there is one. */
const LOADING: Readonly<Record<VariableFormat, (command: string) => readonly string[]>> = {
  sh: (command) => [`eval "$(${command})"`],
  fish: (command) => [`${command} --format fish | source`],
  powershell: (command) => [`${command} --format powershell | Out-String | Invoke-Expression`],
  dotenv: () => [],
  conda: (command) => [`${command} --format conda | sh, then: conda activate`],
  python: () => [],
}

export function buildClientDocument(facts: ClientFacts, change: ProfileChangeFacts | undefined): JsonDocument {
  const { name, scenario, address = null, packages, profile = null } = facts
  return {
    schemaVersion: 1,
    kind: 'client',
    stack: { name, scenario, address },
    packages,
    variables: facts.variables.map((variable) => ({
      name: variable.name,
      value: plainValue(variable) ?? null,
      secret: typeof variable.value !== 'string',
    })),
    profile,
    aws: change ?? null,
  }
}

/** `shadows`: variables that are set here and count more than the profile. */
export function formatProfileChange(
  { effect, files, notes }: ProfileChangeFacts,
  profile: string,
  shadows: readonly string[],
  style: Style,
): string[] {
  const where = formatList(files.map((file) => style.home(file)))
  const words = effect === 'unchanged' ? 'already hold' : 'now hold'
  const said = [
    `${where} ${words} the profile ${profile}. To take it away: mlflow-setup client --remove-aws ${profile}`,
    ...notes.map((note) => style.home(note)),
    ...(shadows.length === 0
      ? []
      : [`Set in this shell, and counting more than the profile: ${formatList(shadows)}. Unset them to use it.`]),
  ]
  return said.flatMap((text) => style.wrap(text, style.columns))
}

export function formatProfileRemoval({ effect, files }: ProfileChangeFacts, style: Style): string[] {
  const where = formatList(files.map((file) => style.home(file)))
  const words =
    effect === 'unchanged'
      ? `Nothing in ${where} was written for this stack.`
      : `What was written for this stack is gone from ${where}. Everything else is as it was.`
  return style.wrap(words, style.columns)
}

function variableLines({ name, value, unknown, file }: ClientVariableFacts, format: VariableFormat): string[] {
  if (value === undefined) return [`# ${renderVariable(format, name, '...')}    ${unknown ?? ''}`.trimEnd()]
  const line = renderVariable(format, name, value)
  return file === true ? ['# A file of this machine: on others put a copy of it, and name its place.', line] : [line]
}

function plainValue({ name, value }: ClientVariableFacts): string | undefined {
  return value instanceof Secret ? renderSecretVariables({ [name]: value })[name] : value
}

/** AWS itself is told by a policy who may use the bucket; other stores have ways of their own. */
function ownKeysLines(store: S3Store | undefined): string[] {
  if (store === undefined) return []
  const login = '# Log in to the store with keys of your own, as with aws configure or aws sso login.'
  if (store.endpoint !== undefined) return [login]
  const { bucket, prefix, region } = store
  const policy = renderAwsPolicy({ bucket, prefix, purpose: 'use', partition: awsPartitionOf(region) })
  return [
    login,
    '# The least that they must be allowed:',
    ...policy
      .trimEnd()
      .split('\n')
      .map((line) => `# ${line}`),
  ]
}
