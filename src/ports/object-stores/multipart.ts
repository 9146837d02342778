// In: Bucket and the parts of one object. Out: the object; or, when it fails, no upload that takes room.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3'
import type { OpenUpload } from '../object-stores.ts'
import { unless, type Bucket } from './bucket.ts'
import type { Request } from './store-cause.ts'

const UPLOAD: Request = { words: 'upload in several parts to the bucket', right: 's3:PutObject' }
const ABORT: Request = { words: 'end an upload to the bucket', right: 's3:AbortMultipartUpload' }
/** 5 MiB over a line of 0.4 Mbit/s. */
const PART_LIMIT_MS = 120_000
/** How long is tried to take back a failed upload, also when somebody lost patience. */
const CLEAN_UP_LIMIT_MS = 10_000

export async function upload(
  bucket: Bucket,
  key: string,
  parts: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  const about = { Bucket: bucket.login.bucket, Key: key }
  const begin = () =>
    bucket.ask(UPLOAD, (client, options) => client.send(new CreateMultipartUploadCommand(about), options), signal)
  const UploadId = (await begin()).UploadId ?? ''
  try {
    const sent: CompletedPart[] = []
    for (const [index, Body] of parts.entries()) {
      const PartNumber = index + 1
      const command = new UploadPartCommand({ ...about, UploadId, PartNumber, Body })
      const { ETag } = await bucket.ask(
        UPLOAD,
        (client, options) => client.send(command, { ...options, requestTimeout: PART_LIMIT_MS }),
        signal,
      )
      sent.push({ PartNumber, ETag })
    }
    const end = new CompleteMultipartUploadCommand({ ...about, UploadId, MultipartUpload: { Parts: sent } })
    await bucket.ask(UPLOAD, (client, options) => client.send(end, options), signal)
  } catch (error) {
    // The first error is the one that counts.
    await abortUpload(bucket, { key, id: UploadId }, AbortSignal.timeout(CLEAN_UP_LIMIT_MS)).catch(() => undefined)
    throw error
  }
}

export async function abortUpload(
  { login, ask }: Bucket,
  { key, id }: Pick<OpenUpload, 'key' | 'id'>,
  signal: AbortSignal,
): Promise<void> {
  const command = new AbortMultipartUploadCommand({ Bucket: login.bucket, Key: key, UploadId: id })
  await ask(
    ABORT,
    (client, options) => client.send(command, options).catch(unless(['NoSuchUpload'], undefined)),
    signal,
  )
}

/** Empty where these keys may not ask, or the store cannot say. */
export async function listUploads(
  { login, ask }: Bucket,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly OpenUpload[]> {
  const command = new ListMultipartUploadsCommand({ Bucket: login.bucket, Prefix: prefix })
  const found = await ask(
    UPLOAD,
    (client, options) =>
      client.send(command, options).catch(unless(['AccessDenied', 'NotImplemented', 'MethodNotAllowed'], undefined)),
    signal,
  )
  return (found?.Uploads ?? []).flatMap(({ Key, UploadId, Initiated }) =>
    Key === undefined || UploadId === undefined ? [] : [{ key: Key, id: UploadId, begun: Initiated ?? new Date() }],
  )
}
