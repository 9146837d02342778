// In: an object store. Out: the bucket, private and proven with the keys of the stack.
import { ExternalError, UserError } from '../errors.ts'
import { awsPartitionOf, renderAwsPolicy } from '../formats/aws-policy.ts'
import type { Inspection } from '../plan/plan.ts'
import type { ObjectStore } from '../ports/object-stores.ts'
import { buildBucketLogin, keyPrefix } from '../stack/object-store.ts'
import type { S3Store } from '../stack/spec.ts'
import type { CreateBucketInput } from '../targets/action.ts'
import type { ActionKindOf, ActionPorts, Progress } from './action-kind.ts'
import { isProven, writeProofMark } from './bucket/proof-mark.ts'
import { proveBucket } from './bucket/prove-bucket.ts'

type Ports = Pick<ActionPorts, 'objectStores' | 'files' | 'clock' | 'random' | 'secrets'>

/** MLflow's uploads take hours at most. */
const STALE_UPLOAD_DAYS = 7
/** AWS shows a new bucket everywhere within seconds. */
const APPEAR_LIMIT_MS = 60_000
const APPEAR_POLL_MS = 1000

/**
 * The bucket is proven when it is new to this stack, or when address or keys change: looking at it says only that it can be
 * listed, so a mark says what was proven.
 */
export const createBucket: ActionKindOf<CreateBucketInput> = {
  inspect: (input, ports, signal) => withStores(input, ports, (stores) => inspectBucket(input, stores, ports, signal)),
  apply: (input, ports, progress, signal) =>
    withStores(input, ports, (stores) => applyBucket(input, stores, ports, progress, signal)),
}

/** One for each endpoint, the server's first. */
async function withStores<T>(
  { store, endpoints }: CreateBucketInput,
  { objectStores, secrets }: Ports,
  use: (stores: readonly ObjectStore[]) => Promise<T>,
): Promise<T> {
  const stores: ObjectStore[] = []
  try {
    for (const endpoint of endpoints) stores.push(await objectStores.open(buildBucketLogin(store, endpoint, secrets)))
    return await use(stores)
  } catch (error) {
    throw withPolicy(error, store)
  } finally {
    for (const opened of stores) opened.close()
  }
}

/** Who looks after the keys at AWS wants to know all that they need, and not one right after the other. */
function withPolicy(error: unknown, { endpoint, bucket, prefix, region }: S3Store): unknown {
  if (!(error instanceof UserError) || error.code !== 's3.forbidden' || endpoint !== undefined) return error
  const copy = renderAwsPolicy({ bucket, prefix, purpose: 'set-up', partition: awsPartitionOf(region) })
  const text = 'Give other keys, or have these allowed what a stack needs at the least, as this policy says:'
  const { code, message, because = code } = error
  return new UserError(code, message, { because, hint: { text, copy }, cause: error })
}

async function inspectBucket(
  input: CreateBucketInput,
  stores: readonly ObjectStore[],
  { files, secrets }: Ports,
  signal: AbortSignal,
): Promise<Inspection> {
  const prefix = keyPrefix(input.store)
  const [found, proven] = await Promise.all([
    Promise.all(stores.map((store) => store.look(prefix, signal))),
    isProven(input, secrets, files),
  ])
  if (found.every((seen) => seen === 'missing')) return { effect: 'create', why: 'not there yet' }
  refuseOtherStore(input, found)
  if (proven) return { effect: 'unchanged', why: 'there, and takes the keys' }
  const open = await Promise.all(stores.map((store) => store.isOpenToAll(prefix, signal)))
  return { effect: 'update', why: open.includes(true) ? 'there, but open to everybody' : 'there, not proven yet' }
}

/** A bucket that is there from one side and missing from the other is two stores, or one that is not in step with itself. */
function refuseOtherStore({ store, endpoints }: CreateBucketInput, found: readonly ('there' | 'missing')[]): void {
  const missing = found.indexOf('missing')
  if (missing === -1) return
  const [there, other] = [endpoints[found.indexOf('there')] ?? 'AWS', endpoints[missing] ?? 'AWS']
  throw new UserError('s3.other-store', `The bucket ${store.bucket} is at ${there}, but not at ${other}.`, {
    because: 'These are two stores, and must be two addresses of one.',
    hint: { text: 'Correct the endpoint that clients use, or leave it out.' },
  })
}

async function applyBucket(
  input: CreateBucketInput,
  stores: readonly ObjectStore[],
  ports: Ports,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { bucket, prefix } = input.store
  const under = keyPrefix(input.store)
  const [first] = stores
  if (first === undefined) throw new Error('a bucket without an endpoint')
  const isNew = (await first.look(under, signal)) === 'missing'
  if (isNew) {
    progress('creating it')
    await first.create(signal)
    await waitUntilThere(input, stores, ports, signal)
  }
  progress('closing it to the public')
  // A bucket of others in which the stack has only a folder is theirs to close.
  if (isNew || prefix === '') await first.blockPublicAccess(signal)
  await first.abortStaleUploads(under, STALE_UPLOAD_DAYS, signal)
  for (const store of stores) await proveBucket(store, under, ports, progress, signal)
  await writeProofMark(input, ports.secrets, ports.files)
  progress(isNew ? `${bucket} is new, and takes the keys` : `${bucket} takes the keys`)
}

async function waitUntilThere(
  { store, endpoints }: CreateBucketInput,
  stores: readonly ObjectStore[],
  { clock }: Ports,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.monotonic() + APPEAR_LIMIT_MS
  for (const [index, opened] of stores.entries()) {
    while ((await opened.look(keyPrefix(store), signal)) === 'missing') {
      if (clock.monotonic() > deadline) throw notAppearing(store.bucket, endpoints[index] ?? 'AWS')
      await clock.sleep(APPEAR_POLL_MS, signal)
    }
  }
}

function notAppearing(bucket: string, where: string): ExternalError {
  return new ExternalError('s3.not-there', `The bucket ${bucket} was created, but ${where} does not know it.`, {
    because: `It waited ${APPEAR_LIMIT_MS / 1000} s. That address may be another store's.`,
    hint: { text: 'Correct the endpoint that clients use, then go on.', command: 'mlflow-setup apply' },
  })
}
