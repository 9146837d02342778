// In: three real object stores. Out: a bucket is made, closed, proven and left clean, with the errors that say what is wrong.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateMultipartUploadCommand,
  GetBucketLifecycleConfigurationCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
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

  it('keeps the rules that it has', async (context) => {
    need(context, storageProgram(name), name)
    const client = clientFor(server)
    const Bucket = 'artifacts'
    const theirs = { ID: 'theirs', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 30 } } as const
    const LifecycleConfiguration = { Rules: [theirs] }
    const put = client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))
    const supported = await put.then(
      () => true,
      () => false,
    )
    // A versitygw without a folder for versions has no rules at all, and is set up all the same.
    expect(supported).toBe(name !== 'versitygw')
    const input = inputFor(server, { prefix: 'ruled' })
    await apply({ ...input, mark: `${input.mark}.rules` }, portsFor(server))
    if (!supported) return
    const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    expect(Rules?.map(({ ID }) => ID)).toContain('theirs')
  })

  it('takes back what a proof wrote that was stopped, and what one left that was killed', async (context) => {
    need(context, storageProgram(name), name)
    const client = clientFor(server)
    const Bucket = 'artifacts'
    const input = { ...inputFor(server, { prefix: 'stopped' }), mark: join(folder, `stopped-${name}`) }
    const ports = portsFor(server)
    const stop = new AbortController()
    const stopped = createBucket.apply(
      input,
      ports,
      (text) => void (text === 'uploading in two parts' && stop.abort(new Error('enough'))),
      stop.signal,
    )
    await expect(stopped).rejects.toThrow('enough')
    const listed = async () =>
      (await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'stopped/' }))).Contents?.map(({ Key }) => Key) ??
      []
    expect(await listed()).toEqual([])
    const left = 'stopped/.mlflow-setup-probe-0123456789ab/small'
    await client.send(new PutObjectCommand({ Bucket, Key: left, Body: 'left' }))
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key: `${left}-upload` }))
    await apply(input, ports)
    expect(await listed(), 'the proof of somebody else may run just now').toEqual([left])
    const later = { ...ports.clock, now: () => new Date(Date.now() + 3_600_000) }
    await apply(input, { ...ports, clock: later })
    expect(await listed()).toEqual([])
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'stopped/' }))
    expect(Uploads).toEqual([])
  })

  it('takes the checksums of today too', async (context) => {
    need(context, storageProgram(name), name)
    const input = inputFor(server, { checksums: 'when_supported' })
    await expect(apply({ ...input, mark: `${input.mark}.checksums` }, portsFor(server))).resolves.toBeUndefined()
  })

  it('is proven from where the clients are', async (context) => {
    need(context, storageProgram(name), name)
    const input = inputFor(server)
    const localhost = server.endpoint.replace('127.0.0.1', 'localhost')
    const both = { ...input, endpoints: [server.endpoint, localhost], mark: `${input.mark}.both` }
    expect(await createBucket.inspect(both, portsFor(server), signal)).toMatchObject({ effect: 'update' })
    await apply(both, portsFor(server))
    expect(await createBucket.inspect(both, portsFor(server), signal)).toMatchObject({ effect: 'unchanged' })
    const other = await startStorage('versitygw')
    const apart = { ...both, endpoints: [server.endpoint, other.endpoint] }
    await expect(createBucket.inspect(apart, portsFor(server), signal)).rejects.toMatchObject({
      code: 's3.other-store',
    })
    await other.stop()
  })
})

it('says of a bucket with a policy for everybody that it is open', async (context) => {
  need(context, storageProgram('minio'), 'minio')
  const server = await startStorage('minio')
  const input = inputFor(server)
  await apply(input, portsFor(server))
  await rm(input.mark)
  expect(await createBucket.inspect(input, portsFor(server), signal)).toMatchObject({ why: 'there, not proven yet' })
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::artifacts' }]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await clientFor(server).send(new PutBucketPolicyCommand({ Bucket: 'artifacts', Policy }))
  const seen = await createBucket.inspect(input, portsFor(server), signal)
  expect(seen).toEqual({ effect: 'update', why: 'there, but open to everybody' })
  await server.stop()
})

it('says of a store without keys that everybody comes in', async (context) => {
  need(context, storageProgram('weed'), 'weed')
  const server = await startStorage('weed', { keys: undefined })
  const input = inputFor(server)
  await apply(input, portsFor(server))
  await rm(input.mark)
  expect(await createBucket.inspect(input, portsFor(server), signal)).toEqual({
    effect: 'update',
    why: 'there, but open to everybody',
  })
  await server.stop()
})
