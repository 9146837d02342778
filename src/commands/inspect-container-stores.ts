// In: a stack of containers. Out: how the stores are doing that it runs itself: they are asked in their own networks.
import { composeCommand } from '../actions/compose/engine-commands.ts'
import type { BucketStatus, DatabaseStatus, PartStatus } from '../report/status-report.ts'
import { bucketUri, keyPrefix, objectStoreOf } from '../stack/object-store.ts'
import type { ContainerPostgres, S3Store, Stack } from '../stack/spec.ts'
import type { CommandContext } from './command-context.ts'

/** Side by side they take less than half a second, on a machine that is not busy. */
const TIME_LIMIT_MS = 10_000

/** What `docker compose exec` printed; undefined where the container does not run, which its own line tells. */
type Answer = { readonly text: string } | { readonly because: string } | undefined

/** `facts` is the query for version, bytes, connections and the most of them. Each says what is wrong with it instead of throwing. */
export async function inspectContainerStores(
  context: CommandContext,
  stack: Stack,
  facts: string,
): Promise<readonly PartStatus[]> {
  const { backendStore } = stack.spec
  const store = objectStoreOf(stack.spec)
  const found = await Promise.all([
    backendStore.kind === 'postgres' && backendStore.managed === 'container'
      ? inspectDatabase(context, stack, backendStore, facts)
      : undefined,
    store?.managed === undefined ? undefined : inspectBucket(context, stack, store),
  ])
  return found.filter((part) => part !== undefined)
}

/** By the server's socket, which takes its own superuser without a password. */
async function inspectDatabase(
  context: CommandContext,
  stack: Stack,
  { database, user }: ContainerPostgres,
  facts: string,
): Promise<DatabaseStatus | undefined> {
  const psql = ['psql', '--no-psqlrc', '--tuples-only', '--no-align', '--field-separator=|']
  const words = [...psql, `--username=${user}`, `--dbname=${database}`, `--command=${facts}`]
  const answer = await ask(context, stack, ['postgres', ...words], '')
  const part = { kind: 'database', name: database } as const
  if (answer === undefined || 'because' in answer) return unhealthy(part, answer, 'postgres')
  const [version = '', bytes, connections, most] = answer.text.trim().split('|')
  const counts = { bytes: Number(bytes), connections: Number(connections), maxConnections: Number(most) }
  return { ...part, healthy: true, version, ...counts }
}

/** The server that has the keys asks. */
async function inspectBucket(context: CommandContext, stack: Stack, store: S3Store): Promise<BucketStatus | undefined> {
  const server = stack.spec.scenario === 6 ? 'artifacts' : 'mlflow'
  const program = await context.templates.read('compose/look/bucket.py')
  const words = ['python', '-', store.endpoint ?? '', store.region, store.bucket, keyPrefix(store)]
  const answer = await ask(context, stack, [server, ...words], program)
  const part = { kind: 'bucket', name: bucketUri(store) } as const
  if (answer === undefined || 'because' in answer) return unhealthy(part, answer, 'object-store')
  const [objects, bytes, more] = answer.text.trim().split(' ')
  return { ...part, healthy: true, objects: Number(objects), bytes: Number(bytes), more: more === 'true' }
}

function unhealthy<P extends PartStatus['kind']>(
  part: { readonly kind: P; readonly name: string },
  answer: Exclude<Answer, { readonly text: string }>,
  service: string,
) {
  if (answer === undefined) return undefined
  return { ...part, healthy: false, because: answer.because, command: `mlflow-setup logs ${service}` } as const
}

async function ask(
  { commands, env, signal }: CommandContext,
  { directory }: Stack,
  words: readonly string[],
  input: string,
): Promise<Answer> {
  const command = composeCommand(directory, ['exec', '-T', ...words], env)
  const result = await commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal, input })
  if (result.exitCode === 0) return { text: result.stdout }
  if (/is not running|no configuration file|no such service/iu.test(result.stderr)) return undefined
  const last = result.stderr.trim().split('\n').at(-1) ?? ''
  return { because: last === '' ? 'It did not answer.' : last }
}
