import type { Secret } from '../secret.ts'

/** How to reach one bucket. */
export interface BucketLogin {
  readonly bucket: string
  readonly region: string
  /** Undefined: AWS. */
  readonly endpoint: string | undefined
  readonly addressing: 'path' | 'virtual'
  readonly checksums: 'when_required' | 'when_supported'
  /** PEM file of the roots to trust instead of those that Node.js has, as boto3 reads AWS_CA_BUNDLE. */
  readonly caFile: string | undefined
  /** Undefined: what the machine itself is given, such as an EC2 instance role. */
  readonly keys: BucketKeys | undefined
}

export interface BucketKeys {
  readonly id: Secret
  readonly secret: Secret
  readonly session: Secret | undefined
}

export interface StoredObject {
  readonly key: string
  readonly bytes: number
  readonly modified: Date
}

/** An upload in several parts that was begun and not ended. */
export interface OpenUpload {
  readonly key: string
  readonly id: string
  readonly begun: Date
}

/** Bytes `first` to `last` of an object, both included. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/**
 * One bucket of one store. What goes wrong is thrown as UserError or ExternalError `s3.…`, which names cause and cure and
 * holds no key; an abort throws the signal's reason. Every request has a time limit.
 */
export interface ObjectStore {
  /** Whether the bucket is there and takes these keys: one list below `prefix`, whose answer says more than a HEAD's. */
  look(prefix: string, signal: AbortSignal): Promise<'there' | 'missing'>
  /** Whether it lists for somebody without keys. False where nobody can say. */
  isOpenToAll(prefix: string, signal: AbortSignal): Promise<boolean>
  /** Fine when it is there already and ours. */
  create(signal: AbortSignal): Promise<void>
  /** Refuses policies and lists that would open it to the world. False where the store cannot, or these keys may not. */
  blockPublicAccess(signal: AbortSignal): Promise<boolean>
  /** Removes uploads below `prefix` that nobody ended for so many days; other rules stay. False as above. */
  abortStaleUploads(prefix: string, days: number, signal: AbortSignal): Promise<boolean>
  put(key: string, content: Uint8Array, signal: AbortSignal): Promise<void>
  get(key: string, range: ByteRange | undefined, signal: AbortSignal): Promise<Uint8Array>
  /** The first thousand. */
  list(prefix: string, signal: AbortSignal): Promise<readonly StoredObject[]>
  /** In several parts. All but the last must have 5 MiB or more, and an upload that fails is taken back. */
  upload(key: string, parts: readonly Uint8Array[], signal: AbortSignal): Promise<void>
  /** In one request, as MLflow does it; or one by one, where the store does not take such a request of today's SDKs. */
  remove(keys: readonly string[], signal: AbortSignal): Promise<'together' | 'one by one'>
  /** The first thousand. Empty where these keys may not ask. */
  listUploads(prefix: string, signal: AbortSignal): Promise<readonly OpenUpload[]>
  abortUpload(upload: OpenUpload, signal: AbortSignal): Promise<void>
  /** Closes its connections, so that the program can end. */
  close(): void
}

/** Stores that speak S3. */
export interface ObjectStores {
  /** Sends nothing. Throws UserError `s3.ca-file` when that file cannot be read. */
  open(login: BucketLogin): Promise<ObjectStore>
}

/** AWS's client is loaded when the first bucket is opened: it is larger than all the rest of this program. */
export function makeObjectStores(): ObjectStores {
  return { open: async (login) => (await import('./object-stores/s3-store.ts')).openStore(login) }
}
