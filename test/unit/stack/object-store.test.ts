import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/secret.ts'
import {
  bucketUri,
  buildBucketLogin,
  objectStoreSecrets,
  serverEndpoint,
  usedEndpoints,
} from '../../../src/stack/object-store.ts'
import { buildBucketPart, objectStoreVariables } from '../../../src/targets/native/object-store.ts'
import { BUCKET, fakeStack, SECURED } from '../../fakes/stack.ts'

const PUBLIC = { ...BUCKET, publicEndpoint: 'https://s3.ml.example' }
const AWS = { ...BUCKET, endpoint: undefined, addressing: 'virtual', checksums: 'when_supported' } as const
const FOUNDATION = { folders: 'make-directories:folders', environment: 'e', packages: 'p' }

describe('the addresses of a store', () => {
  it.each([
    [4, BUCKET, 'http://10.0.0.5:9000', ['http://10.0.0.5:9000']],
    [4, PUBLIC, 'http://10.0.0.5:9000', ['http://10.0.0.5:9000', 'https://s3.ml.example']],
    [5, BUCKET, 'http://10.0.0.5:9000', ['http://10.0.0.5:9000']],
    [5, PUBLIC, 'https://s3.ml.example', ['https://s3.ml.example']],
    [6, AWS, undefined, [undefined]],
  ] as const)('scenario %s', (scenario, store, endpoint, used) => {
    const { spec } = fakeStack(scenario, { ...SECURED, artifactStore: store })
    expect(serverEndpoint(spec, store)).toBe(endpoint)
    expect(usedEndpoints(spec, store)).toEqual(used)
  })

  it('as MLflow writes them', () => {
    expect(bucketUri(BUCKET)).toBe('s3://mlflow')
    expect(bucketUri({ ...BUCKET, prefix: 'team/a' })).toBe('s3://mlflow/team/a')
  })
})

describe('the variables of the server', () => {
  it.each([
    [
      BUCKET,
      {
        AWS_DEFAULT_REGION: 'us-east-1',
        MLFLOW_S3_ENDPOINT_URL: 'http://10.0.0.5:9000',
        MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: 'path',
        AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
        AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
      },
    ],
    [AWS, { AWS_DEFAULT_REGION: 'us-east-1' }],
    [
      { ...AWS, caFile: '/etc/ca.pem' },
      { AWS_DEFAULT_REGION: 'us-east-1', AWS_CA_BUNDLE: '/etc/ca.pem' },
    ],
  ])('say how it speaks', (artifactStore, variables) => {
    expect(objectStoreVariables(fakeStack(5, { artifactStore }))).toEqual(variables)
  })

  it('are none for a folder', () => {
    expect(objectStoreVariables(fakeStack(5))).toEqual({})
    expect(buildBucketPart(fakeStack(5), FOUNDATION)).toBeUndefined()
  })
})

it('is one action, without a secret in it', () => {
  const part = buildBucketPart(fakeStack(4, { artifactStore: { ...PUBLIC, prefix: 'team' } }), FOUNDATION)
  expect(part?.actions).toEqual([
    {
      id: 'create-bucket:mlflow/team',
      kind: 'create-bucket',
      title: 'bucket mlflow',
      detail: 'at http://10.0.0.5:9000 and https://s3.ml.example',
      needs: ['make-directories:folders'],
      refreshOn: [],
      input: {
        store: { ...PUBLIC, prefix: 'team' },
        endpoints: ['http://10.0.0.5:9000', 'https://s3.ml.example'],
        mark: '/home/ada/mlflow/.mlflow-setup/bucket.json',
      },
    },
  ])
  expect(part?.ready).toEqual(['create-bucket:mlflow/team'])
})

describe('the login', () => {
  const AWS_ACCESS_KEY_ID = new Secret('id')
  const AWS_SECRET_ACCESS_KEY = new Secret('secret')

  it('has the keys, or none with a role', () => {
    const keys = { id: AWS_ACCESS_KEY_ID, secret: AWS_SECRET_ACCESS_KEY, session: undefined }
    expect(buildBucketLogin(BUCKET, undefined, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }).keys).toEqual(keys)
    expect(buildBucketLogin({ ...BUCKET, credentials: 'role' }, undefined, {}).keys).toBeUndefined()
    expect(objectStoreSecrets({ credentials: 'role' })).toEqual([])
    expect(objectStoreSecrets(BUCKET)).toContain('AWS_SECRET_ACCESS_KEY')
  })

  it('names the variable that is missing', () => {
    expect(() => buildBucketLogin(BUCKET, undefined, { AWS_ACCESS_KEY_ID })).toThrow(
      expect.objectContaining({ code: 's3.no-keys', because: 'AWS_SECRET_ACCESS_KEY is not set.' }),
    )
  })
})
