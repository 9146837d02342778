// In: Bucket. Out: it is closed to the world, and uploads that nobody ended are removed, where the store can.
import {
  GetBucketLifecycleConfigurationCommand,
  GetPublicAccessBlockCommand,
  PutBucketLifecycleConfigurationCommand,
  PutPublicAccessBlockCommand,
  type GetBucketLifecycleConfigurationCommandOutput,
  type LifecycleRule,
  type S3Client,
} from '@aws-sdk/client-s3'
import { unless, type Bucket, type SendOptions } from './bucket.ts'
import { readStoreAnswer } from './store-answer.ts'
import type { Request } from './store-cause.ts'

const BLOCK: Request = { words: 'close to the public the bucket', right: 's3:PutBucketPublicAccessBlock' }
const RULES: Request = { words: 'set rules for the bucket', right: 's3:PutLifecycleConfiguration' }

const CLOSED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
} as const

/** False where the store has no such thing, or these keys may not. */
export function blockPublicAccess({ login, ask }: Bucket, signal: AbortSignal): Promise<boolean> {
  const { bucket } = login
  const block = async (client: S3Client, options: SendOptions) => {
    const found = await client
      .send(new GetPublicAccessBlockCommand({ Bucket: bucket }), options)
      .catch(unless(['NoSuchPublicAccessBlockConfiguration'], undefined))
    const now: Readonly<Record<string, unknown>> = { ...found?.PublicAccessBlockConfiguration }
    if (Object.keys(CLOSED).every((name) => now[name] === true)) return
    const wish = { Bucket: bucket, PublicAccessBlockConfiguration: CLOSED }
    await client.send(new PutPublicAccessBlockCommand(wish), options)
  }
  return ask(BLOCK, unlessRefused(block), signal)
}

/** A rule of our own beside those that are there, unless one of them does the same. False as above. */
export function abortStaleUploads(
  { login, ask }: Bucket,
  prefix: string,
  days: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { bucket } = login
  const addRule = async (client: S3Client, options: SendOptions) => {
    const found = await client
      .send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }), options)
      .catch(unless(['NoSuchLifecycleConfiguration'], undefined))
    const rules = found?.Rules ?? []
    if (rules.some((rule) => covers(rule, prefix))) return
    const wish = { Bucket: bucket, LifecycleConfiguration: { Rules: [...rules, staleRule(prefix, days)] } }
    await client.send(new PutBucketLifecycleConfigurationCommand({ ...wish, ...transitionsOf(found) }), options)
  }
  return ask(RULES, unlessRefused(addRule), signal)
}

/** False when the store answered with a refusal, of whatever kind; anything else is thrown on. */
function unlessRefused(send: (client: S3Client, options: SendOptions) => Promise<void>) {
  return async (client: S3Client, options: SendOptions): Promise<boolean> => {
    try {
      await send(client, options)
      return true
    } catch (error) {
      const { code, status } = readStoreAnswer(error, 0)
      const refused = (status >= 400 && status < 500) || status === 501 || code === 'NotImplemented'
      if (refused && code !== 'NoSuchBucket') return false
      throw error
    }
  }
}

function staleRule(prefix: string, days: number): LifecycleRule {
  return {
    ID: ['mlflow-setup-stale-uploads', prefix.replaceAll('/', '-').replace(/-$/, '')]
      .filter((part) => part !== '')
      .join('-'),
    Status: 'Enabled',
    Filter: { Prefix: prefix },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: days },
  }
}

/** Whether a rule already removes stale uploads below `prefix`. */
function covers(rule: LifecycleRule, prefix: string): boolean {
  const narrow = rule.Filter?.And !== undefined || rule.Filter?.Tag !== undefined
  // `Prefix` beside `Filter` is the older form of a rule, which some stores still answer with.
  // oxlint-disable-next-line typescript/no-deprecated -- read, never written
  const under = rule.Filter?.Prefix ?? rule.Prefix ?? ''
  return (
    rule.Status === 'Enabled' &&
    rule.AbortIncompleteMultipartUpload !== undefined &&
    !narrow &&
    prefix.startsWith(under)
  )
}

/** What the whole configuration says beside its rules, kept as it is. */
function transitionsOf(found: GetBucketLifecycleConfigurationCommandOutput | undefined) {
  const size = found?.TransitionDefaultMinimumObjectSize
  return size === undefined ? {} : { TransitionDefaultMinimumObjectSize: size }
}
