// In: a stack. Out: the secrets that it has: in its .env, and what that has lost in its containers.
import { inspectProject } from '../actions/compose/project.ts'
import type { Container } from '../actions/compose/containers.ts'
import { ExternalError, UserError } from '../errors.ts'
import type { Secrets } from '../secret.ts'
import { readSecrets, secretNames, secretsIn } from '../stack/secrets.ts'
import type { Stack } from '../stack/spec.ts'
import { projectOf } from '../targets/compose/volumes.ts'
import type { CommandContext } from './command-context.ts'
import { readEnvironment } from './read-environment.ts'

export interface KeptSecrets {
  readonly secrets: Secrets
  /** The names of those that only containers have. */
  readonly recovered: readonly string[]
}

/** Whoever deletes `.env` by mistake has lost nothing while the containers are there. An engine that cannot be asked has none. */
export async function readKeptSecrets(context: CommandContext, stack: Stack): Promise<KeptSecrets> {
  const secrets = readSecrets(await readEnvironment(context, stack.directory))
  const lacking = secretNames(stack.spec).filter((name) => secrets[name] === undefined)
  if (stack.spec.target !== 'compose' || lacking.length === 0) return { secrets, recovered: [] }
  const found = secretsOf(await findContainers(context, stack))
  return { secrets: { ...found, ...secrets }, recovered: lacking.filter((name) => found[name] !== undefined) }
}

/** Whose they are, and what keeps the engine from answering, is told where the plan is made. */
async function findContainers(context: CommandContext, stack: Stack): Promise<readonly Container[]> {
  try {
    return (await inspectProject(projectOf(stack), context, context.signal)).containers
  } catch (error) {
    if (error instanceof UserError || error instanceof ExternalError) return []
    throw error
  }
}

/** Each container has what it needs, and an empty value for what it must not have. */
function secretsOf(containers: readonly Container[]): Secrets {
  const variables = containers
    .flatMap(({ environment }) => environment.map(partsOf))
    .filter(([, value]) => value !== '')
  const all = Object.fromEntries(variables)
  // MLflow's own login has it by another name, where nobody else needs it.
  const admin = all['MLFLOW_SETUP_ADMIN_PASSWORD'] ?? all['MLFLOW_AUTH_ADMIN_PASSWORD'] ?? ''
  return secretsIn({ ...all, MLFLOW_SETUP_ADMIN_PASSWORD: admin })
}

function partsOf(variable: string): readonly [name: string, value: string] {
  const at = variable.indexOf('=')
  return [variable.slice(0, at), variable.slice(at + 1)]
}
