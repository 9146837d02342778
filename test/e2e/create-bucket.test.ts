// In: three real object stores. Out: a bucket is made, closed, proven and left clean, with the errors that say what is wrong.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  GetBucketLifecycleConfigurationCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBucket } from '../../src/actions/create-bucket.ts'
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import { Secret } from '../../src/secret.ts'
import type { S3Store } from '../../src/stack/spec.ts'
import type { CreateBucketInput } from '../../src/targets/action.ts'
import { BUCKET } from '../fakes/stack.ts'
import { need } from '../testbed/need.ts'
import { realPorts } from '../testbed/services.ts'
import { startStorage, storageProgram, type StorageName, type StorageServer } from '../testbed/storage-server.ts'

const signal = new AbortController().signal
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-bucket-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

function inputFor(server: StorageServer, changes: Partial<S3Store> = {}): CreateBucketInput {
  const { endpoint, region, caFile } = server
  const store: S3Store = { ...BUCKET, bucket: 'artifacts', endpoint, region, caFile, ...changes }
  return { store, endpoints: [store.endpoint], mark: join(folder, `${store.bucket}-${server.port}.json`) }
}

function portsFor({ keys }: Pick<StorageServer, 'keys'>): ActionPorts {
  const secrets = { AWS_ACCESS_KEY_ID: new Secret(keys.id), AWS_SECRET_ACCESS_KEY: new Secret(keys.secret) }
  return { ...realPorts(), secrets }
}

function clientFor({ endpoint, keys, region }: StorageServer): S3Client {
  const credentials = { accessKeyId: keys.id, secretAccessKey: keys.secret }
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true })
}

const apply = (input: CreateBucketInput, ports: ActionPorts) =>
  createBucket.apply(input, ports, () => undefined, signal)

describe.each(['minio', 'versitygw', 'weed'] as const)('a bucket of %s', (name: StorageName) => {
  let server: StorageServer

  beforeAll(async () => {
    if (storageProgram(name) !== undefined) server = await startStorage(name)
  })

  afterAll(() => server?.stop())

  it('is made, proven, and found unchanged', async (context) => {
    need(context, storageProgram(name), name)
    const input = inputFor(server)
    const ports = portsFor(server)
    expect(await createBucket.inspect(input, ports, signal)).toEqual({ effect: 'create', why: 'not there yet' })
    await apply(input, ports)
    expect(await createBucket.inspect(input, ports, signal)).toMatchObject({ effect: 'unchanged' })
    await apply(input, ports)
    expect((await stat(input.mark)).mode & 0o777).toBe(0o600)
    expect(await readFile(input.mark, 'utf8')).not.toContain(server.keys.secret)
  })

  it('is left without a trace of the proof', async (context) => {
    need(context, storageProgram(name), name)
    const Bucket = 'artifacts'
    const client = clientFor(server)
    expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0)
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([])
  })

  it('may hold the files of others beside a prefix', async (context) => {
    need(context, storageProgram(name), name)
    const client = clientFor(server)
    await client.send(new PutObjectCommand({ Bucket: 'artifacts', Key: 'theirs.txt', Body: 'theirs' }))
    const input = inputFor(server, { prefix: 'team/mlflow' })
    await apply({ ...input, mark: `${input.mark}.prefix` }, portsFor(server))
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'artifacts' }))
    expect(Contents?.map(({ Key }) => Key)).toEqual(['theirs.txt'])
  })

  it('is proven again with other keys, and by them only', async (context) => {
    need(context, storageProgram(name), name)
    const input = inputFor(server)
    const wrongSecret = portsFor({ keys: { ...server.keys, secret: 'not-the-secret-2f6c' } })
    await expect(createBucket.inspect(input, wrongSecret, signal)).rejects.toMatchObject({ code: 's3.wrong-secret' })
    const wrongKey = portsFor({ keys: { id: 'nobodys-key-8d1a', secret: 'not-the-secret-2f6c' } })
    const error = await createBucket.inspect(input, wrongKey, signal).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 's3.wrong-key-id' })
    expect(JSON.stringify([error, String(error), Object(error).because])).not.toMatch(/nobodys-key-8d1a|2f6c/)
  })
})
