// In: an open bucket. Out: nothing once these keys can do all that MLflow does there; and nothing is left of the proof.
import { ExternalError } from '../../errors.ts'
import type { ObjectStore } from '../../ports/object-stores.ts'
import type { ActionPorts, Progress } from '../action-kind.ts'

type Ports = Pick<ActionPorts, 'random' | 'clock'>

const FOLDER = '.mlflow-setup-probe-'
/** The smallest that S3 takes for any part but the last. */
const PART_BYTES = 5 * 1024 * 1024
/** Of somebody else's proof that runs right now nothing is removed. */
const STALE_MS = 15 * 60_000
const CLEAN_UP_LIMIT_MS = 10_000

/**
 * Writes and reads a small object and one in two parts, lists, and deletes both in one request, as MLflow does.
 * `prefix` is what the stack's keys begin with. Throws UserError or ExternalError `s3.…`.
 */
export async function proveBucket(
  store: ObjectStore,
  prefix: string,
  ports: Ports,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await removeLeftOvers(store, prefix, ports, signal)
  const folder = `${prefix}${FOLDER}${ports.random.hex(12)}/`
  const [small, large] = [`${folder}small`, `${folder}large`]
  try {
    progress('writing and reading')
    await proveSmall(store, small, ports, signal)
    if ((await store.list(folder, signal)).every(({ key }) => key !== small))
      throw broken('s3.not-listed', 'does not list an object that was just written')
    progress('uploading in two parts')
    await proveLarge(store, large, signal)
    progress('deleting')
    const how = await store.remove([small, large], signal)
    if (how === 'one by one') progress('it deletes only one by one: mlflow gc will fail')
    if ((await store.list(folder, signal)).length > 0)
      throw broken('s3.not-deleted', 'still lists an object that was just deleted')
  } catch (error) {
    // The first error is the one that counts, and what was written must go also when somebody lost patience.
    await store.remove([small, large], AbortSignal.timeout(CLEAN_UP_LIMIT_MS)).catch(() => undefined)
    throw error
  }
}

async function proveSmall(store: ObjectStore, key: string, ports: Ports, signal: AbortSignal): Promise<void> {
  const content = Buffer.from(`written by mlflow-setup to prove this bucket: ${ports.random.hex(32)}\n`)
  await store.put(key, content, signal)
  if (!content.equals(await store.get(key, undefined, signal)))
    throw broken('s3.read-back', 'gives back other bytes than were written')
}

/** The bytes where the two parts meet tell whether the store put them together, and in their order. */
async function proveLarge(store: ObjectStore, key: string, signal: AbortSignal): Promise<void> {
  await store.upload(key, [Buffer.alloc(PART_BYTES, 'a'), Buffer.alloc(1024, 'z')], signal)
  const seam = await store.get(key, { first: PART_BYTES - 2, last: PART_BYTES + 1 }, signal)
  if (!Buffer.from('aazz').equals(seam)) throw broken('s3.parts', 'did not put the two parts of an upload together')
}

/** What a proof left behind that was killed. Nobody misses it when this fails. */
async function removeLeftOvers(
  store: ObjectStore,
  prefix: string,
  { clock }: Ports,
  signal: AbortSignal,
): Promise<void> {
  const stale = (time: Date) => clock.now().getTime() - time.getTime() > STALE_MS
  try {
    const objects = await store.list(`${prefix}${FOLDER}`, signal)
    await store.remove(
      objects.filter(({ modified }) => stale(modified)).map(({ key }) => key),
      signal,
    )
    const uploads = await store.listUploads(`${prefix}${FOLDER}`, signal)
    for (const upload of uploads.filter(({ begun }) => stale(begun))) await store.abortUpload(upload, signal)
  } catch {
    signal.throwIfAborted()
  }
}

function broken(code: string, what: string): ExternalError {
  return new ExternalError(code, `The object store ${what}.`, {
    because:
      'It does not keep what S3 promises, or several stores answer at this address that do not know of each other.',
    hint: { text: 'Look at the log of the store, then go on.', command: 'mlflow-setup apply' },
  })
}
