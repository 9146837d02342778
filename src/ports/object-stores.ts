import type { Secret } from '../secret.ts'

/** How to reach one bucket. */
export interface BucketLogin {
  readonly bucket: string
  readonly region: string
  /** Undefined: AWS. */
  readonly endpoint: string | undefined
  readonly addressing: 'path' | 'virtual'
  readonly checksums: 'when_required' | 'when_supported'
  /** PEM file of the roots to trust; undefined: the system's. */
  readonly caFile: string | undefined
  /** Undefined: what the machine itself is given, such as an EC2 instance role. */
  readonly keys: { readonly id: Secret; readonly secret: Secret; readonly session: Secret | undefined } | undefined
}

/** One bucket of one store. */
export interface ObjectStore {
  /** Whether the bucket is there and takes these keys. Throws ExternalError `s3.…`. */
  look(signal: AbortSignal): Promise<'there' | 'missing'>
}

/** Stores that speak S3. */
export interface ObjectStores {
  open(login: BucketLogin): ObjectStore
}

export function makeObjectStores(): ObjectStores {
  return { open: () => ({ look: () => Promise.reject(new Error('object stores are not part of this version')) }) }
}
