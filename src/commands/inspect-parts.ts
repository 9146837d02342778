// In: a stack. Out: how the database, the bucket, the certificate and the users that its services depend on are doing.
import { asRole } from '../actions/postgres/logins.ts'
import { ExternalError, UserError } from '../errors.ts'
import { expiryOf, parseCertificates } from '../formats/certificate-chain.ts'
import type {
  BucketStatus,
  CertificateStatus,
  DatabaseStatus,
  PartStatus,
  UsersStatus,
} from '../report/status-report.ts'
import type { Secrets } from '../secret.ts'
import { bucketUri, buildBucketLogin, keyPrefix } from '../stack/object-store.ts'
import type { Stack } from '../stack/spec.ts'
import type { Action, CreateBucketInput, CreateDatabaseInput } from '../targets/action.ts'
import { targetOf } from '../targets/target-table.ts'
import { readStackSecrets } from './client-secrets.ts'
import type { CommandContext } from './command-context.ts'
import { inspectContainerStores } from './inspect-container-stores.ts'
import { openUsers } from './users/open-users.ts'

/** What a store lists in one answer. */
const ONE_PAGE = 1000

const FACTS = `select split_part(current_setting('server_version'), ' ', 1) as version,
  pg_database_size(current_database()) as bytes,
  (select sum(numbackends) - 1 from pg_stat_database) as connections,
  current_setting('max_connections') as most`

/** Side by side; each says what is wrong with it instead of throwing. */
export async function inspectParts(context: CommandContext, stack: Stack): Promise<readonly PartStatus[]> {
  const secrets = await readStackSecrets(context, stack)
  const actions = targetOf(stack.spec.target).actions(stack)
  const parts = actions.map((action) => inspectPart(action, secrets, context))
  const [inside, users, ...found] = await Promise.all([
    inspectContainerStores(context, stack, FACTS),
    inspectUsers(context, stack),
    ...parts,
  ])
  return [...found, ...inside, users].filter((part) => part !== undefined)
}

async function inspectPart(action: Action, secrets: Secrets, context: CommandContext): Promise<PartStatus | undefined> {
  switch (action.kind) {
    case 'create-database':
      return inspectDatabase(action.input, secrets, context)
    case 'create-bucket':
      return inspectBucket(action.input, secrets, context)
    case 'make-certificate':
    case 'install-certificate':
      return inspectCertificate(action.input.certificate, context)
    default:
      return undefined
  }
}

async function inspectDatabase(
  input: CreateDatabaseInput,
  secrets: Secrets,
  context: CommandContext,
): Promise<DatabaseStatus> {
  const [name = ''] = input.databases
  const part = { kind: 'database', name } as const
  try {
    const ports = { ...context, secrets }
    const [row] = await asRole(input, name, ports, context.signal, (session) => session.query(FACTS))
    const number = (column: string) => Number(row?.[column])
    const facts = { bytes: number('bytes'), connections: number('connections'), maxConnections: number('most') }
    return { ...part, healthy: true, version: row?.['version'] ?? '', ...facts }
  } catch (error) {
    return { ...part, ...explain(error, context.signal) }
  }
}

async function inspectBucket(
  { store, endpoints: [endpoint] }: CreateBucketInput,
  secrets: Secrets,
  { objectStores, signal }: CommandContext,
): Promise<BucketStatus> {
  const part = { kind: 'bucket', name: bucketUri(store) } as const
  try {
    const opened = await objectStores.open(buildBucketLogin(store, endpoint, secrets))
    try {
      const objects = await opened.list(keyPrefix(store), signal)
      const bytes = objects.reduce((sum, object) => sum + object.bytes, 0)
      return { ...part, healthy: true, objects: objects.length, bytes, more: objects.length >= ONE_PAGE }
    } finally {
      opened.close()
    }
  } catch (error) {
    return { ...part, ...explain(error, signal) }
  }
}

async function inspectCertificate(path: string, { files, clock, signal }: CommandContext): Promise<CertificateStatus> {
  const part = { kind: 'certificate', name: path } as const
  try {
    const certificate = parseCertificates((await files.readText(path)) ?? '')?.[0]
    if (certificate === undefined) return { ...part, healthy: false, because: `There is no certificate in ${path}.` }
    const until = expiryOf(certificate)
    const expired = until < clock.now()
    const found = { ...part, healthy: !expired, until: until.toISOString() }
    return expired ? { ...found, because: 'The certificate has expired.', command: 'mlflow-setup apply' } : found
  } catch (error) {
    return { ...part, ...explain(error, signal) }
  }
}

/** MLflow's own login is asked over HTTP: it says nothing while the server is down. */
async function inspectUsers(context: CommandContext, stack: Stack): Promise<UsersStatus | undefined> {
  if (stack.spec.auth.kind === 'none') return undefined
  try {
    const users = await openUsers(context, stack).list()
    return { kind: 'users', healthy: true, names: users.map(({ name }) => name) }
  } catch {
    context.signal.throwIfAborted()
    return undefined
  }
}

function explain(error: unknown, signal: AbortSignal): { readonly healthy: false; because: string; command: string } {
  signal.throwIfAborted()
  if (!(error instanceof UserError || error instanceof ExternalError)) throw error
  return { healthy: false, because: error.message, command: error.hint?.command ?? 'mlflow-setup plan' }
}
