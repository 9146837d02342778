// In: an object store of a spec. Out: its addresses, and how to log in to it.
import { UserError } from '../errors.ts'
import type { BucketLogin } from '../ports/object-stores.ts'
import type { Secrets } from '../secret.ts'
import type { ArtifactStore, S3Store, StackSpec } from './spec.ts'

/** Of a store that the stack runs itself, in a container: where it is in the stack's network, and how it is talked to. */
export const OWN_STORE = {
  region: 'us-east-1',
  endpoint: 'http://object-store:8333',
  addressing: 'path',
  checksums: 'when_required',
  caFile: undefined,
  credentials: 'keys',
} as const satisfies Partial<S3Store>

/** Undefined where files live in a folder. */
export function objectStoreOf({ artifactStore }: { readonly artifactStore: ArtifactStore }): S3Store | undefined {
  return artifactStore.kind === 's3' ? artifactStore : undefined
}

/** `s3://bucket/prefix`, as MLflow writes it. */
export function bucketUri({ bucket, prefix }: S3Store): string {
  return prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`
}

/** What all keys of this stack begin with: empty, or the prefix with its slash. */
export function keyPrefix({ prefix }: Pick<S3Store, 'prefix'>): string {
  return prefix === '' ? '' : `${prefix}/`
}

/**
 * The address at which the services use the store; undefined: AWS. In scenarios 5 and 6 that is the clients' where they have
 * one: the server signs addresses for them, and a signature holds for one host only.
 */
export function serverEndpoint({ scenario }: StackSpec, { endpoint, publicEndpoint }: S3Store): string | undefined {
  return scenario === 4 ? endpoint : (publicEndpoint ?? endpoint)
}

/** Every address at which this stack or its clients use the store, each once. */
export function usedEndpoints(spec: StackSpec, store: S3Store): readonly (string | undefined)[] {
  return [...new Set([serverEndpoint(spec, store), store.publicEndpoint ?? serverEndpoint(spec, store)])]
}

/** The names of the secrets that the store asks for. */
export function objectStoreSecrets({ credentials }: Pick<S3Store, 'credentials'>): readonly string[] {
  return credentials === 'role' ? [] : ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']
}

/** Throws UserError `s3.no-keys` when the store wants keys and there are none. */
export function buildBucketLogin(store: S3Store, endpoint: string | undefined, secrets: Secrets): BucketLogin {
  const { bucket, region, addressing, checksums, caFile } = store
  const login = { bucket, region, endpoint, addressing, checksums, caFile }
  if (store.credentials === 'role') return { ...login, keys: undefined }
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = secrets
  if (id !== undefined && secret !== undefined) return { ...login, keys: { id, secret, session } }
  throw new UserError('s3.no-keys', `There are no keys for the bucket ${bucket}.`, {
    because: `${id === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY'} is not set.`,
    hint: { text: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of ~/.aws with --aws-profile.' },
  })
}
