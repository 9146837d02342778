// In: RestTrip with a run. Out: a small and a large file, up, listed, and down unchanged.
import { createCipheriv, createHash } from 'node:crypto'
import { array, number, object, optional, string, union } from 'valibot'
import type { InferOutput } from 'valibot'
import { formatBytes } from '../format-detail.ts'
import { StepFailure } from '../failure.ts'
import { buildApiUrl, buildArtifactAddress } from '../rest/artifact-address.ts'
import type { ArtifactAddress } from '../rest/artifact-address.ts'
import { bucketFiles } from '../rest/bucket-files.ts'
import type { OpenFileWay, ProofFile } from '../rest/file-way.ts'
import { proxiedFiles } from '../rest/proxied-files.ts'
import { required } from '../rest/rest-step.ts'
import type { RestStep, RestTrip } from '../rest/rest-step.ts'

/** Above the 1 MB of nginx, the 5 MB of an S3 part and the 10 MB that people raise nginx to. */
const LARGE_BYTES = 12_000_000
const SMALL_BYTES = 1000
const FOLDER = 'proof'
const Listing = object({
  files: optional(array(object({ path: string(), file_size: optional(union([number(), string()])) })), []),
})

export const files: RestStep = {
  id: 'files',
  title: 'files',
  needs: ['run'],
  // 12 MB twice: a line of 2 Mbit/s is still enough.
  timeoutMs: 120_000,
  run: async (trip) => {
    const address = buildArtifactAddress(trip.subject.trackingUri, required(trip.found.artifactUri))
    const open = wayTo(address, trip)
    if (open === undefined) return { detail: `${skipWords(address)}: the Python client proves it`, skipped: true }
    const way = await open(trip)
    try {
      const proof = buildFiles(trip)
      for (const file of proof) await way.upload(file)
      await verifyListing(trip, proof)
      await verifyInBrowser(trip, proof)
      for (const file of proof) verifyBytes(file, await way.download(file))
      return { detail: `${formatBytes(LARGE_BYTES)} ${way.detail}` }
    } finally {
      way.close()
    }
  },
}

/** Undefined where only somebody with keys gets to the files, and none were given. */
function wayTo(address: ArtifactAddress, { subject, found, stores }: RestTrip): OpenFileWay | undefined {
  if (address.kind === 'http') return proxiedFiles(address)
  if (address.scheme !== 's3' || subject.bucket === undefined || stores === undefined) return undefined
  return bucketFiles(required(found.artifactUri), subject.bucket, stores)
}

function skipWords(address: ArtifactAddress): string {
  return address.kind === 'direct'
    ? `clients write to ${address.scheme}:// themselves`
    : 'clients write through the server'
}

function buildFiles({ random }: RestTrip): ProofFile[] {
  return [
    { path: `${FOLDER}/small.bin`, bytes: buildNoise(random.hex(32), SMALL_BYTES) },
    { path: `${FOLDER}/large.bin`, bytes: buildNoise(random.hex(32), LARGE_BYTES) },
  ]
}

/** Bytes that no proxy can compress and no other upload has; a cipher makes 12 MB of them in 10 ms. */
function buildNoise(seed: string, length: number): Uint8Array {
  const key = Buffer.from(seed, 'hex').subarray(0, 16)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
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
    const query = { run_id, path: file.path }
    const url = buildApiUrl(subject.trackingUri, '/get-artifact', query)
    verifyBytes(file, (await api.transfer({ goal: 'Opening a file as the UI does', method: 'GET', url })).body)
  }
}

function verifyEntries(listing: InferOutput<typeof Listing>, proof: readonly ProofFile[]): void {
  for (const { path, bytes } of proof) {
    const entry = listing.files.find((file) => file.path === path)
    if (entry === undefined) throw new StepFailure(`The server does not list ${path}, which was just uploaded.`)
    if (Number(entry.file_size) !== bytes.length) {
      throw new StepFailure(`The server lists ${path} with ${entry.file_size} bytes instead of ${bytes.length}.`)
    }
  }
}

function verifyBytes(file: ProofFile, body: Uint8Array): void {
  if (sha256(body) === sha256(file.bytes)) return
  throw new StepFailure(
    `${file.path} came back changed: ${body.length} bytes instead of ${file.bytes.length}, or others.`,
  )
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
