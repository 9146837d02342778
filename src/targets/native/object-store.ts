// In: a Stack with its files in a bucket. Out: the part that makes and proves the bucket, and what the services need for it.
import { join } from 'node:path'
import { keyPrefix, objectStoreOf, serverEndpoint, usedEndpoints } from '../../stack/object-store.ts'
import type { Stack } from '../../stack/spec.ts'
import { buildAction } from '../build-action.ts'
import { buildLayout } from './layout.ts'
import type { Foundation, Part } from './part.ts'

/** boto3's and MLflow's variables for `.env`, all but the keys; none where files live in a folder. */
export function objectStoreVariables({ spec }: Stack): Readonly<Record<string, string>> {
  const store = objectStoreOf(spec)
  if (store === undefined) return {}
  const endpoint = serverEndpoint(spec, store)
  const checksums = {
    AWS_REQUEST_CHECKSUM_CALCULATION: store.checksums,
    AWS_RESPONSE_CHECKSUM_VALIDATION: store.checksums,
  }
  // For AWS boto3 decides better by itself: it takes the path for a bucket with dots, whose host no certificate covers.
  const auto = endpoint === undefined && store.addressing === 'virtual'
  return {
    AWS_DEFAULT_REGION: store.region,
    ...(endpoint === undefined ? {} : { MLFLOW_S3_ENDPOINT_URL: endpoint }),
    ...(auto ? {} : { MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: store.addressing }),
    ...(store.checksums === 'when_required' ? checksums : {}),
    ...(store.caFile === undefined ? {} : { AWS_CA_BUNDLE: store.caFile }),
  }
}

/** Undefined where files live in a folder. The bucket needs nothing of the stack's but the folder for its own notes. */
export function buildBucketPart({ spec, directory }: Stack, { folders }: Foundation): Part | undefined {
  const store = objectStoreOf(spec)
  if (store === undefined) return undefined
  const endpoints = usedEndpoints(spec, store)
  const where = endpoints.map((endpoint) => endpoint ?? `AWS, ${store.region}`).join(' and ')
  const about = {
    name: `${store.bucket}/${keyPrefix(store)}`.replace(/\/$/, ''),
    title: `bucket ${store.bucket}`,
    detail: `at ${where}`,
    needs: [folders],
  }
  const input = { store, endpoints, mark: join(buildLayout(directory).own, 'bucket.json') }
  const bucket = buildAction('create-bucket', about, input)
  return { actions: [bucket], ready: [bucket.id], readAtStart: [] }
}
