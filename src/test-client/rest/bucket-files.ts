// In: the s3:// URI of a run's files and a client's login. Out: FileWay straight to the bucket, as clients of scenario 4 go.
import { object, record, string, optional } from 'valibot'
import { ExternalError, UserError } from '../../errors.ts'
import type { BucketLogin, ObjectStore, ObjectStores } from '../../ports/object-stores.ts'
import { StepFailure } from '../failure.ts'
import { formatBytes } from '../format-detail.ts'
import type { FileWay, OpenFileWay, ProofFile } from './file-way.ts'
import { required } from './rest-step.ts'
import type { RestTrip } from './rest-step.ts'

const ARTIFACTS = '/api/2.0/mlflow/artifacts'
const Upload = object({ presigned_url: string(), headers: optional(record(string(), string()), {}) })
const Download = object({ presigned_url: string() })
/** The large file goes with the client's own keys, the small one by addresses that the server signs. */
const SIGNED_BYTES = 100_000

/** Throws StepFailure with the cause that the store itself told. */
export function bucketFiles(artifactUri: string, login: BucketLogin, stores: ObjectStores): OpenFileWay {
  return async (trip) => {
    const root = keyOf(artifactUri)
    trip.undoLater((_api, _found, signal) => removeObjects(root, login, stores, signal))
    const store = await explained('Opening the bucket', () => stores.open(login))
    const signed = await leadsToClients(trip, login)
    const isSigned = ({ bytes }: ProofFile) => signed && bytes.length <= SIGNED_BYTES
    return {
      detail: signed ? 'up, listed, down, with keys and signed addresses' : 'up, listed, down, with keys',
      upload: (file) => (isSigned(file) ? uploadSigned(trip, file) : put(store, root, file, trip.signal)),
      download: (file) => (isSigned(file) ? downloadSigned(trip, file) : get(store, root, file, trip.signal)),
      close: () => store.close(),
    } satisfies FileWay
  }
}

/** `s3://bucket/prefix/1/abc/artifacts` → `prefix/1/abc/artifacts`. */
function keyOf(artifactUri: string): string {
  return decodeURI(artifactUri.replace(/^[^:]+:\/\/[^/]+\/+/, '')).replace(/\/+$/, '')
}

function put(store: ObjectStore, root: string, { path, bytes }: ProofFile, signal: AbortSignal): Promise<void> {
  const goal = `Uploading a file of ${formatBytes(bytes.length)}`
  return explained(goal, () => store.put(`${root}/${path}`, bytes, signal))
}

function get(store: ObjectStore, root: string, { path, bytes }: ProofFile, signal: AbortSignal): Promise<Uint8Array> {
  const goal = `Downloading a file of ${formatBytes(bytes.length)}`
  return explained(goal, () => store.get(`${root}/${path}`, undefined, signal))
}

/** What a signed address names is the store as the server sees it, which may be another name than the clients'. */
async function leadsToClients(trip: RestTrip, { endpoint }: BucketLogin): Promise<boolean> {
  const { presigned_url } = await sign(trip, 'upload', 'proof/small.bin', Upload)
  return endpoint === undefined || new URL(presigned_url).host.endsWith(new URL(endpoint).host)
}

function sign<S extends typeof Upload | typeof Download>(trip: RestTrip, kind: string, path: string, shape: S) {
  const body = { run_id: required(trip.found.runId), path }
  const goal = `Asking for a signed address to ${kind}`
  return trip.api.call({ goal, method: 'POST', path: `${ARTIFACTS}/presigned-${kind}-url`, body }, shape)
}

/** The headers are signed too: without them the store answers SignatureDoesNotMatch. */
async function uploadSigned(trip: RestTrip, { path, bytes }: ProofFile): Promise<void> {
  const { presigned_url: url, headers } = await sign(trip, 'upload', path, Upload)
  const goal = 'Uploading to a signed address'
  await trip.api.transfer({ goal, method: 'PUT', url, headers, body: bytes, login: false, ...caOf(trip) })
}

async function downloadSigned(trip: RestTrip, { path }: ProofFile): Promise<Uint8Array> {
  const { presigned_url: url } = await sign(trip, 'download', path, Download)
  const goal = 'Downloading from a signed address'
  return (await trip.api.transfer({ goal, method: 'GET', url, login: false, ...caOf(trip) })).body
}

/** The store's authority need not be the server's. */
function caOf({ subject }: RestTrip): { ca?: string } {
  return subject.bucketCa === undefined ? {} : { ca: subject.bucketCa }
}

/** Everything below the folder of the run, which nobody else has used. */
async function removeObjects(root: string, login: BucketLogin, stores: ObjectStores, signal: AbortSignal) {
  const store = await explained('Opening the bucket', () => stores.open(login))
  try {
    await explained('Deleting the files', async () => {
      const left = await store.list(`${root.replace(/\/artifacts$/, '')}/`, signal)
      if (left.length > 0)
        await store.remove(
          left.map(({ key }) => key),
          signal,
        )
    })
  } finally {
    store.close()
  }
}

/** The port knows causes and cures of its own. */
async function explained<T>(goal: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ExternalError)) throw error
    const { code, message, because = 'No reason was given.', hint = { text: 'Look at what the store logged.' } } = error
    throw new StepFailure(`${goal} failed: ${message}`, { code, text: because }, { because, hint })
  }
}
