// In: nothing. Out: StoreCause, one way in which a request to an object store fails.
import type { ExternalError, UserError } from '../../errors.ts'
import type { BucketLogin } from '../object-stores.ts'
import type { StoreAnswer } from './store-answer.ts'

/** What was asked: in words that go on after `may not`, and the right that AWS's policies call it. */
export interface Request {
  readonly words: string
  readonly right: string
}

export interface Asked {
  readonly login: BucketLogin
  readonly request: Request
  /** `AWS` or the endpoint. */
  readonly store: string
  readonly url: URL | undefined
}

/** The first one that applies explains a failure. */
export interface StoreCause {
  applies(answer: StoreAnswer, asked: Asked): boolean
  explain(answer: StoreAnswer, asked: Asked): UserError | ExternalError
}

export function buildAsked(login: BucketLogin, request: Request): Asked {
  const url = login.endpoint === undefined ? undefined : new URL(login.endpoint)
  return { login, request, store: login.endpoint ?? 'AWS', url }
}

/** What a store said, on one line and with a full stop. */
export function formatSaid({ code, message }: Pick<StoreAnswer, 'code' | 'message'>): string {
  const line = [code, message.slice(0, 300).trim().replaceAll(/\s+/g, ' ')].filter((part) => part !== '').join(': ')
  return `It says: ${/[.?!]$/.test(line) ? line : `${line}.`}`
}
