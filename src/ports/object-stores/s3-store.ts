// In: BucketLogin. Out: ObjectStore, by AWS's client.
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type BucketLocationConstraint,
  type CreateBucketCommandInput,
} from '@aws-sdk/client-s3'
import type { BucketLogin, ByteRange, ObjectStore, StoredObject } from '../object-stores.ts'
import { makeBucket, unless, type Bucket } from './bucket.ts'
import { abortStaleUploads, blockPublicAccess } from './bucket-settings.ts'
import { abortUpload, listUploads, upload } from './multipart.ts'
import { makeClient } from './s3-client.ts'
import { notS3 } from './connection-causes.ts'
import { buildAsked, type Request } from './store-cause.ts'

/** The first answer of a store; it is asked before anything is said or changed. */
const LOOK_LIMIT_MS = 6000

const LIST: Request = { words: 'list the bucket', right: 's3:ListBucket' }
const CREATE: Request = { words: 'create the bucket', right: 's3:CreateBucket' }
const PUT: Request = { words: 'write to the bucket', right: 's3:PutObject' }
const GET: Request = { words: 'read from the bucket', right: 's3:GetObject' }
const DELETE: Request = { words: 'delete from the bucket', right: 's3:DeleteObject' }

export async function openStore(login: BucketLogin): Promise<ObjectStore> {
  const client = await makeClient(login, 'keys')
  const bucket = makeBucket(login, client)
  return {
    look: (prefix, signal) => look(bucket, prefix, signal),
    isOpenToAll: (prefix, signal) => isOpenToAll(login, prefix, signal),
    create: (signal) => create(bucket, signal),
    blockPublicAccess: (signal) => blockPublicAccess(bucket, signal),
    abortStaleUploads: (prefix, days, signal) => abortStaleUploads(bucket, prefix, days, signal),
    put: (key, content, signal) => put(bucket, key, content, signal),
    get: (key, range, signal) => get(bucket, key, range, signal),
    list: (prefix, signal) => list(bucket, prefix, signal),
    upload: (key, parts, signal) => upload(bucket, key, parts, signal),
    remove: (keys, signal) => remove(bucket, keys, signal),
    listUploads: (prefix, signal) => listUploads(bucket, prefix, signal),
    abortUpload: (open, signal) => abortUpload(bucket, open, signal),
    close: () => client.destroy(),
  }
}

async function look({ login, ask }: Bucket, prefix: string, signal: AbortSignal): Promise<'there' | 'missing'> {
  const command = new ListObjectsV2Command({ Bucket: login.bucket, Prefix: prefix, MaxKeys: 1 })
  const found = await ask(
    LIST,
    (client, options) =>
      client.send(command, { ...options, requestTimeout: LOOK_LIMIT_MS }).catch(unless(['NoSuchBucket'], undefined)),
    signal,
  )
  if (found === undefined) return 'missing'
  // Every list of S3 names its bucket. A page for people can be XML too.
  if (found.Name === undefined) throw notS3(buildAsked(login, LIST), 'html')
  return 'there'
}

async function isOpenToAll(login: BucketLogin, prefix: string, signal: AbortSignal): Promise<boolean> {
  const client = await makeClient(login, 'nobody')
  try {
    return (await look(makeBucket(login, client), prefix, signal)) === 'there'
  } catch {
    signal.throwIfAborted()
    return false
  } finally {
    client.destroy()
  }
}

/**
 * AWS wants the region named, but not its first one. Other stores take the signature's, or none; those that insist are
 * asked again with it.
 */
async function create({ login, ask }: Bucket, signal: AbortSignal): Promise<void> {
  const { bucket: Bucket, region } = login
  const located: CreateBucketCommandInput = {
    Bucket,
    // The client knows the regions of the day it was made.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
  }
  await ask(
    CREATE,
    async (client, options) => {
      const mine = unless(['BucketAlreadyOwnedByYou'], undefined)
      if (login.endpoint === undefined) {
        const input = region === 'us-east-1' ? { Bucket } : located
        return client.send(new CreateBucketCommand(input), options).catch(mine)
      }
      const first = await client
        .send(withoutLocation(new CreateBucketCommand({ Bucket })), options)
        .catch(mine)
        .catch(unless(LOCATION_WANTED, 'again' as const))
      return first === 'again' ? client.send(new CreateBucketCommand(located), options).catch(mine) : first
    },
    signal,
  )
}

const LOCATION_WANTED = [
  'IllegalLocationConstraintException',
  'InvalidLocationConstraint',
  'MissingRequestBodyError',
  'MalformedXML',
]

/** The client adds the region by itself. */
function withoutLocation(command: CreateBucketCommand): CreateBucketCommand {
  command.middlewareStack.add(
    (next) => (args) => {
      const { CreateBucketConfiguration: _, ...input } = args.input
      return next({ ...args, input })
    },
    { step: 'serialize', priority: 'high', name: 'withoutLocation' },
  )
  return command
}

async function put({ login, ask }: Bucket, key: string, content: Uint8Array, signal: AbortSignal): Promise<void> {
  const command = new PutObjectCommand({ Bucket: login.bucket, Key: key, Body: content })
  await ask(PUT, (client, options) => client.send(command, options), signal)
}

function get(
  { login, ask }: Bucket,
  key: string,
  range: ByteRange | undefined,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const part = range === undefined ? {} : { Range: `bytes=${range.first}-${range.last}` }
  const command = new GetObjectCommand({ Bucket: login.bucket, Key: key, ...part })
  return ask(
    GET,
    async (client, options) => {
      const { Body } = await client.send(command, options)
      return Body === undefined ? new Uint8Array() : await Body.transformToByteArray()
    },
    signal,
  )
}

async function list({ login, ask }: Bucket, prefix: string, signal: AbortSignal): Promise<readonly StoredObject[]> {
  const command = new ListObjectsV2Command({ Bucket: login.bucket, Prefix: prefix })
  const { Contents = [] } = await ask(LIST, (client, options) => client.send(command, options), signal)
  return Contents.flatMap(({ Key, Size, LastModified }) =>
    Key === undefined ? [] : [{ key: Key, bytes: Size ?? 0, modified: LastModified ?? new Date() }],
  )
}

/** SDKs of before 2025 sent an MD5 sum with the list of keys, and some stores still insist on it. */
const NO_LISTS = ['MissingContentMD5', 'InvalidDigest', 'BadDigest', 'NotImplemented', 'MethodNotAllowed']

async function remove(
  { login, ask }: Bucket,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<'together' | 'one by one'> {
  const { bucket: Bucket } = login
  if (keys.length === 0) return 'together'
  const Objects = keys.map((Key) => ({ Key }))
  const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })
  return ask(
    DELETE,
    async (client, options) => {
      const reply = await client.send(command, options).catch(unless(NO_LISTS, undefined))
      // Of several objects, each has its own answer in one that says 200.
      const failed = reply?.Errors?.[0]
      if (failed !== undefined) {
        const said = { Code: failed.Code, $metadata: { httpStatusCode: 403 } }
        throw Object.assign(new Error(failed.Message), said)
      }
      if (reply !== undefined) return 'together'
      for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket, Key }), options)
      return 'one by one'
    },
    signal,
  )
}
