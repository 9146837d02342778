// In: an object store that the user named. Out: how it wants to be spoken to. Reads only.
import { ExternalError, UserError } from '../errors.ts'
import type { ObjectStores } from '../ports/object-stores.ts'
import type { Secrets } from '../secret.ts'
import { buildBucketLogin, keyPrefix } from '../stack/object-store.ts'
import type { S3Store } from '../stack/spec.ts'

export type ObjectStoreManners = Pick<S3Store, 'addressing' | 'checksums'>

/** Answers after which the other addressing may still be right: nobody understood what was asked. */
const MISUNDERSTOOD = ['s3.wants-virtual', 's3.not-s3', 's3.failed', 's3.bucket-name']

/**
 * One request, mostly. AWS is not asked: it is known. Every other store gets its bucket in the path, which all but a few
 * demand or take, and `when_required`, which all take: whether a store knows today's checksums shows only when something is
 * written, and differs with the SDK, the scheme and the size of the file (boto3 sends a header over http and a trailer over
 * https). What it costs is a check that S3 did not have before 2025 either; TLS and the signature still cover the bytes.
 * Throws UserError or ExternalError `s3.…` for whatever is wrong with endpoint, keys or region.
 */
export async function inspectObjectStore(
  store: Omit<S3Store, keyof ObjectStoreManners>,
  secrets: Secrets,
  objectStores: ObjectStores,
  signal: AbortSignal,
): Promise<ObjectStoreManners> {
  if (store.endpoint === undefined) return { addressing: 'virtual', checksums: 'when_supported' }
  const look = async (addressing: S3Store['addressing']): Promise<ObjectStoreManners> => {
    const manners = { addressing, checksums: 'when_required' } as const
    const login = buildBucketLogin({ ...store, ...manners }, store.endpoint, secrets)
    const opened = await objectStores.open(login)
    try {
      await opened.look(keyPrefix(store), signal)
      return manners
    } finally {
      opened.close()
    }
  }
  try {
    return await look('path')
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ExternalError)) throw error
    if (!MISUNDERSTOOD.includes(error.code)) throw error
    signal.throwIfAborted()
    // The first error is the one to tell: it is about the address that the user wrote.
    return look('virtual').catch(() => Promise.reject(error))
  }
}
