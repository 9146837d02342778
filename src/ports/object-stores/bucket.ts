// In: BucketLogin and its client. Out: Bucket, which sends requests and explains those that fail.
import type { S3Client } from '@aws-sdk/client-s3'
import { UserError } from '../../errors.ts'
import type { BucketLogin } from '../object-stores.ts'
import { explainStoreError } from './explain.ts'
import { readStoreAnswer } from './store-answer.ts'
import type { Request } from './store-cause.ts'

export interface SendOptions {
  readonly abortSignal: AbortSignal
}

export interface Bucket {
  readonly login: BucketLogin
  /** Throws what `explainStoreError` makes of it, or the signal's reason. */
  ask<T>(
    request: Request,
    send: (client: S3Client, options: SendOptions) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>
}

export function makeBucket(login: BucketLogin, client: S3Client): Bucket {
  return {
    login,
    ask: async (request, send, signal) => {
      signal.throwIfAborted()
      try {
        return await send(client, { abortSignal: signal })
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof UserError) throw error
        throw explainStoreError(error, login, request)
      }
    },
  }
}

/** For `catch`: turns answers with one of these codes into a value. */
export function unless<T>(codes: readonly string[], value: T): (error: unknown) => T {
  return (error) => {
    if (codes.includes(readStoreAnswer(error, 0).code)) return value
    throw error
  }
}
