import { createCipheriv, createHash } from 'node:crypto'
import { array, number, object, optional, string, union } from 'valibot'
import type { InferOutput } from 'valibot'
import { formatBytes } from '../format-detail.ts'
import { StepFailure } from '../failure.ts'
import { buildApiUrl, buildArtifactAddress, joinUrl } from '../rest/artifact-address.ts'
import type { ArtifactAddress } from '../rest/artifact-address.ts'
import { removeFiles } from '../rest/remove-files.ts'
import { required } from '../rest/rest-step.ts'
import type { RestStep, RestTrip } from '../rest/rest-step.ts'
import type { TrackingApi } from '../rest/tracking-api.ts'

/** Above the 1 MB of nginx, the 5 MB of an S3 part and the 10 MB that people raise nginx to. */
const LARGE_BYTES = 12_000_000
const SMALL_BYTES = 1000
const FOLDER = 'proof'
const Listing = object({
  files: optional(array(object({ path: string(), file_size: optional(union([number(), string()])) })), []),
})

interface ProofFile {
  readonly name: string
  readonly bytes: Uint8Array
}

export const files: RestStep = {
  id: 'files',
  title: 'files',
  needs: ['run'],
  // 12 MB twice: a line of 2 Mbit/s is still enough.
  timeoutMs: 120_000,
  run: async (trip) => {
    const address = buildArtifactAddress(trip.subject.trackingUri, required(trip.found.artifactUri))
    if (address.kind === 'direct') {
      return { detail: `clients write to ${address.scheme}:// themselves: the Python client proves it`, skipped: true }
    }
    trip.undoLater((api, found) => removeFiles(api, address, found))
    const proof = buildFiles(trip)
    for (const file of proof) await upload(trip.api, address, file)
    await verifyListing(trip, proof)
    await verifyInBrowser(trip, proof)
    for (const file of proof) await verifyDownload(trip.api, address, file)
    return { detail: `${formatBytes(LARGE_BYTES)} up, listed, down` }
  },
}

function buildFiles({ random }: RestTrip): ProofFile[] {
  return [
    { name: 'small.bin', bytes: buildNoise(random.hex(32), SMALL_BYTES) },
    { name: 'large.bin', bytes: buildNoise(random.hex(32), LARGE_BYTES) },
  ]
}

/** Bytes that no proxy can compress and no other upload has; a cipher makes 12 MB of them in 10 ms. */
function buildNoise(seed: string, length: number): Uint8Array {
  const key = Buffer.from(seed, 'hex').subarray(0, 16)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

type HttpAddress = Extract<ArtifactAddress, { kind: 'http' }>

function fileUrl(address: HttpAddress, file: ProofFile): string {
  return joinUrl(address.fileRoot, `${FOLDER}/${file.name}`)
}

async function upload(api: TrackingApi, address: HttpAddress, file: ProofFile): Promise<void> {
  const goal = `Uploading a file of ${formatBytes(file.bytes.length)}`
  const headers = { 'content-type': 'application/octet-stream' }
  await api.transfer({ goal, method: 'PUT', url: fileUrl(address, file), body: file.bytes, headers })
}

/** The tracking server is asked, and it asks the store. */
async function verifyListing({ api, found }: RestTrip, proof: readonly ProofFile[]): Promise<void> {
  const query = { run_id: required(found.runId), path: FOLDER }
  const path = '/api/2.0/mlflow/artifacts/list'
  const listing = await api.call({ goal: 'Listing the files', method: 'GET', path, query }, Listing)
  verifyEntries(listing, proof)
}

/** The UI has routes of its own. In scenario 6 other processes answer them than those that took the files. */
async function verifyInBrowser({ api, subject, found }: RestTrip, proof: readonly ProofFile[]): Promise<void> {
  const run_id = required(found.runId)
  const goal = 'Listing the files as the UI does'
  const path = '/ajax-api/2.0/mlflow/artifacts/list'
  verifyEntries(await api.call({ goal, method: 'GET', path, query: { run_id, path: FOLDER } }, Listing), proof)
  for (const file of proof.filter(({ bytes }) => bytes.length <= SMALL_BYTES)) {
    const query = { run_id, path: `${FOLDER}/${file.name}` }
    const url = buildApiUrl(subject.trackingUri, '/get-artifact', query)
    verifyBytes(file, (await api.transfer({ goal: 'Opening a file as the UI does', method: 'GET', url })).body)
  }
}

function verifyEntries(listing: InferOutput<typeof Listing>, proof: readonly ProofFile[]): void {
  for (const { name, bytes } of proof) {
    const entry = listing.files.find((file) => file.path === `${FOLDER}/${name}`)
    if (entry === undefined)
      throw new StepFailure(`The server does not list ${FOLDER}/${name}, which was just uploaded.`)
    if (Number(entry.file_size) !== bytes.length) {
      throw new StepFailure(
        `The server lists ${FOLDER}/${name} with ${entry.file_size} bytes instead of ${bytes.length}.`,
      )
    }
  }
}

async function verifyDownload(api: TrackingApi, address: HttpAddress, file: ProofFile): Promise<void> {
  const goal = `Downloading a file of ${formatBytes(file.bytes.length)}`
  const { body } = await api.transfer({ goal, method: 'GET', url: fileUrl(address, file) })
  verifyBytes(file, body)
}

function verifyBytes(file: ProofFile, body: Uint8Array): void {
  if (sha256(body) === sha256(file.bytes)) return
  throw new StepFailure(
    `${FOLDER}/${file.name} came back changed: ${body.length} bytes instead of ${file.bytes.length}, or others.`,
  )
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
