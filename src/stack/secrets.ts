// In: a stack, its .env, and what the user gave. Out: Secrets: given ones count, found ones are kept, missing ones are made.
import { parseEnvFile } from '../formats/env-file.ts'
import type { Random } from '../ports/random.ts'
import { Secret, type Secrets } from '../secret.ts'
import type { StackSpec } from './spec.ts'

/** A secret that stays with the stack, by the name of its variable in `.env`. */
export type SecretName =
  | 'MLFLOW_CRYPTO_KEK_PASSPHRASE'
  | 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY'
  | 'MLFLOW_FLASK_SERVER_SECRET_KEY'
  | 'MLFLOW_SETUP_ADMIN_PASSWORD'
  | 'PGPASSWORD'
  | 'NOTEBOOK_TOKEN'
  | 'AWS_ACCESS_KEY_ID'
  | 'AWS_SECRET_ACCESS_KEY'

/** Kept where it is given: keys that end by themselves have one. */
const OPTIONAL = 'AWS_SESSION_TOKEN'

/** Used while the database is made, and never written. */
const PASSED_ON = 'MLFLOW_SETUP_POSTGRES_ADMIN_URL'

type Maker = (random: Random) => Secret

/** The secrets of this stack, each with what makes it; undefined where only the user can give it. */
function makersOf(spec: StackSpec): ReadonlyMap<SecretName, Maker | undefined> {
  const { backendStore, artifactStore, auth } = spec
  const makers = new Map<SecretName, Maker | undefined>()
  if (spec.publicUrl === undefined) return makers
  // Encrypts the keys of the AI gateway. Without one the server uses a key that everybody knows.
  makers.set('MLFLOW_CRYPTO_KEK_PASSPHRASE', (random) => random.secret(43))
  // Encrypts the secrets of webhooks. Without one each worker makes its own and cannot read the others'.
  makers.set('MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY', (random) => random.fernetKey())
  if (auth.kind !== 'none') makers.set('MLFLOW_SETUP_ADMIN_PASSWORD', (random) => random.secret(24))
  // Signs the sessions and forms of MLflow's own login, for all workers alike.
  if (auth.kind === 'basic-auth') makers.set('MLFLOW_FLASK_SERVER_SECRET_KEY', (random) => random.secret(43))
  // Where nginx asks for the password, it asks for the notebook's too.
  if (spec.notebook === true && auth.kind !== 'htpasswd') makers.set('NOTEBOOK_TOKEN', (random) => random.secret(43))
  if (backendStore.kind === 'postgres') {
    // A role that others made has a password that only they know.
    const made = backendStore.managed !== false || backendStore.admin !== 'none'
    makers.set('PGPASSWORD', made ? (random) => random.secret(32) : undefined)
  }
  if (artifactStore.kind === 's3' && artifactStore.credentials === 'keys') {
    const made = artifactStore.managed !== undefined
    makers.set('AWS_ACCESS_KEY_ID', made ? (random) => random.secret(20) : undefined)
    makers.set('AWS_SECRET_ACCESS_KEY', made ? (random) => random.secret(40) : undefined)
  }
  return makers
}

/** The names of the secrets that this stack needs. */
export function secretNames(spec: StackSpec): readonly SecretName[] {
  return [...makersOf(spec).keys()]
}

/** The secrets that nobody gave and that cannot be made. */
export function missingSecrets(spec: StackSpec, secrets: Secrets): readonly SecretName[] {
  return secretNames(spec).filter((name) => secrets[name] === undefined)
}

/** `found` is what the stack has. What only the user can give and did not is left out: see `missingSecrets`. */
export function resolveSecrets(spec: StackSpec, found: Secrets, random: Random, given: Secrets = {}): Secrets {
  const resolved: Record<string, Secret> = {}
  for (const [name, make] of makersOf(spec)) {
    const secret = given[name] ?? found[name] ?? make?.(random)
    if (secret !== undefined) resolved[name] = secret
  }
  // A token belongs to the keys that it came with.
  const keys = given['AWS_ACCESS_KEY_ID'] === undefined ? found : given
  const token = keys[OPTIONAL]
  if (resolved['AWS_ACCESS_KEY_ID'] !== undefined && token !== undefined) resolved[OPTIONAL] = token
  const admin = given[PASSED_ON]
  if (admin !== undefined) resolved[PASSED_ON] = admin
  return resolved
}

/** Where PostgreSQL runs in a container, `.env` has its password by the name that its image takes. */
function withPostgresNames(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { POSTGRES_PASSWORD: password } = variables
  return password === undefined ? variables : { PGPASSWORD: password, ...variables }
}

/** What a stack's `.env` holds; its settings are among it, and nobody is shown them from here. */
export function readSecrets(envText: string | undefined): Secrets {
  return secretsIn(envText === undefined ? {} : parseEnvFile(envText))
}

/** The same of variables, such as those of a container. */
export function secretsIn(variables: Readonly<Record<string, string>>): Secrets {
  return Object.fromEntries(
    Object.entries(withPostgresNames(variables)).flatMap(([name, value]) =>
      value === '' ? [] : [[name, new Secret(value)]],
    ),
  )
}
