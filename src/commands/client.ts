// In: a stack. Out: exit code; what its clients need is printed, or written into the user's AWS files.
import { closest } from 'fastest-levenshtein'
import { UserError } from '../errors.ts'
import { renderShellCommand } from '../formats/shell-words.ts'
import { VARIABLE_FORMATS, type VariableFormat } from '../formats/variable-lines.ts'
import {
  buildClientDocument,
  formatClient,
  formatProfileChange,
  formatProfileRemoval,
  type ClientFacts,
  type ProfileChangeFacts,
} from '../report/client-view.ts'
import { printAside, printJson, printResult } from '../report/print.ts'
import { makeStyle } from '../report/style.ts'
import { buildClientEnvironment } from '../stack/client-environment.ts'
import { Secret } from '../secret.ts'
import type { Stack } from '../stack/spec.ts'
import { printPolicy } from './client-policy.ts'
import { removeProfile, writeProfile } from './client-profile.ts'
import { fillVariables, readStackSecrets } from './client-secrets.ts'
import type { CommandContext } from './command-context.ts'
import { findClientPaths } from './find-client-paths.ts'
import { requireStack } from './find-stack.ts'
import type { CommonOptions } from './options.ts'

export interface ClientOptions extends CommonOptions {
  readonly format: string | undefined
  /** Whose login. */
  readonly user: string | undefined
  /** The name of a profile; true: the usual one. */
  readonly writeAws: string | true | undefined
  /** The name of a profile; true: all of this stack. */
  readonly removeAws: string | true | undefined
  /** Whether lines of the user's AWS files may give way. */
  readonly replace: boolean
  /** Print what AWS must allow, and nothing else. */
  readonly awsPolicy: boolean
}

/** Shows passwords and keys: that is what it is for. */
export async function client(context: CommandContext, options: ClientOptions): Promise<number> {
  const { writeAws, removeAws, replace } = options
  const format = formatOf(options.format)
  const stack = await requireStack(context, options.dir)
  if (options.awsPolicy) return printPolicy(context, stack, options)
  const secrets = await readStackSecrets(context, stack)
  if (writeAws !== undefined && removeAws !== undefined) {
    throw new UserError('client.both', 'A profile cannot be written and taken away at once.', {
      hint: { text: 'Leave out --write-aws or --remove-aws.' },
    })
  }
  if (removeAws !== undefined) {
    const change = await removeProfile(context, stack, removeAws === true ? undefined : removeAws, { replace, secrets })
    if (options.json) printJson(context.terminal, { schemaVersion: 1, kind: 'client', aws: change })
    else printResult(context.terminal, formatProfileRemoval(change, makeStyle(context.terminal, context.host.home)))
    return 0
  }
  const paths = await findClientPaths(context, stack)
  const profile = writeAws === true ? stack.spec.name : writeAws
  const change = profile === undefined ? undefined : await writeProfile(context, stack, profile, { replace, secrets })
  if (change !== undefined && profile !== undefined && !options.json) {
    const wanted = fillVariables(buildClientEnvironment(stack, paths), secrets, stack)
    tellChange(context, profile, change, findShadows(context, wanted))
  }
  const wish = {
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(profile === undefined ? {} : { profile }),
  }
  const environment = buildClientEnvironment(stack, paths, wish)
  const variables = fillVariables(environment, secrets, stack)
  const facts = { ...factsOf(stack, environment.packages, variables, profile), command: commandOf(stack, options) }
  if (options.json) printJson(context.terminal, buildClientDocument(facts, change))
  else printResult(context.terminal, formatClient(facts, format))
  return 0
}

function factsOf(
  { spec }: Stack,
  packages: readonly string[],
  variables: ClientFacts['variables'],
  profile: string | undefined,
): Omit<ClientFacts, 'command'> {
  const store = spec.scenario === 4 && spec.artifactStore.kind === 's3' ? spec.artifactStore : undefined
  const { name, scenario, publicUrl: address } = spec
  return {
    name,
    scenario,
    address,
    packages,
    variables,
    profile,
    ownKeys: store?.credentials === 'role' ? store : undefined,
  }
}

/** From elsewhere than here, another stack may be the nearest one. */
function commandOf({ directory }: Stack, { dir, user }: ClientOptions): string {
  const words = [...(dir === undefined ? [] : ['--dir', directory]), ...(user === undefined ? [] : ['--user', user])]
  return renderShellCommand(['mlflow-setup', 'client', ...words])
}

/** To stderr, so that `eval "$(mlflow-setup client --write-aws)"` gets nothing but variables. */
function tellChange(
  context: CommandContext,
  profile: string,
  change: ProfileChangeFacts,
  shadows: readonly string[],
): void {
  const style = makeStyle(context.terminal, context.host.home)
  printAside(context.terminal, formatProfileChange(change, profile, shadows, style))
}

/** Variables of this shell that say otherwise: they count more than a profile (botocore, configprovider.py and credentials.py). */
function findShadows({ env }: CommandContext, variables: ClientFacts['variables']): readonly string[] {
  const wanted = new Map(variables.map(({ name, value }) => [name, value]))
  const endpoint = wanted.get('MLFLOW_S3_ENDPOINT_URL')
  wanted.set('AWS_ENDPOINT_URL', endpoint).set('AWS_ENDPOINT_URL_S3', endpoint)
  const names = [...new Set([...wanted.keys(), 'AWS_SESSION_TOKEN'])].filter((name) => /^AWS_|_S3_/.test(name))
  return names.filter((name) => {
    const here = env[name] ?? ''
    const value = wanted.get(name)
    return here !== '' && !(value instanceof Secret ? value.equals(new Secret(here)) : value === here)
  })
}

function formatOf(given: string | undefined): VariableFormat {
  const format = VARIABLE_FORMATS.find((one) => one === (given ?? 'sh').toLowerCase())
  if (format !== undefined) return format
  const meant = closest(given ?? '', [...VARIABLE_FORMATS])
  throw new UserError('client.format', `${JSON.stringify(given)} is not a format.`, {
    because: `It is one of ${VARIABLE_FORMATS.join(', ')}.`,
    hint: { text: 'Did you mean:', command: `mlflow-setup client --format ${meant}` },
  })
}
