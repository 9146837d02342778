// In: nothing. Out: causes: what a store answered, in the words of S3.
import { ExternalError, UserError } from '../../errors.ts'
import type { StoreAnswer } from './store-answer.ts'
import { formatSaid, type Asked, type StoreCause } from './store-cause.ts'

/** S3 allows 15 minutes; less cannot be the reason. */
const CLOCK_TOLERANCE_MS = 15 * 60_000
const CLOCK = /^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture|ExpiredRequest)$/
const WRONG_KEY = /^(InvalidAccessKeyId|XAdminUserNotFound|InvalidClientTokenId|NotSignedUp|NoSuchKeyId)$/
const WRONG_REGION =
  /^(AuthorizationHeaderMalformed|AuthorizationQueryParametersError|PermanentRedirect|TemporaryRedirect|IncorrectEndpoint|InvalidRegion|(Illegal|Invalid)LocationConstraint(Exception)?)$/
const WANTS_VIRTUAL = /^(SecondLevelDomainForbidden|PathStyleDomainForbidden|VirtualHostDomainRequired)$/
const CHECKSUM =
  /^(XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch|BadDigest|InvalidDigest|MissingContentLength|MissingContentMD5|IncompleteBody)$/
const FULL = /^(QuotaExceeded|XMinioStorageFull|InsufficientStorage|InsufficientCapacity|TooManyBuckets)$/

export const ANSWER_CAUSES: readonly StoreCause[] = [
  { applies: isClockWrong, explain: clockError },
  {
    applies: ({ code }) => WRONG_KEY.test(code),
    explain: ({ code }, { store, login }) =>
      new UserError('s3.wrong-key-id', `${store} does not know the access key for the bucket ${login.bucket}.`, {
        because:
          login.endpoint === undefined
            ? `It was deleted, or belongs to another store than AWS (${code}).`
            : `It is misspelt, was deleted, or belongs to another store (${code}).`,
        hint: { text: 'Give the right AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.' },
      }),
  },
  {
    applies: ({ code }) => code === 'SignatureDoesNotMatch',
    explain: (_, { store, url }) =>
      new UserError('s3.wrong-secret', `${store} knows the access key, but the secret does not fit.`, {
        because: `The secret is cut off, misspelt or another key's (SignatureDoesNotMatch)${url === undefined ? '' : '; or a proxy before the store changes the Host header'}.`,
        hint: { text: 'Give the right AWS_SECRET_ACCESS_KEY.' },
      }),
  },
  {
    applies: ({ code }) => /^(ExpiredToken|InvalidToken|TokenRefreshRequired)$/.test(code),
    explain: ({ code }, { store }) =>
      new UserError('s3.session-token', `${store} does not take the session token.`, {
        because: code === 'ExpiredToken' ? 'It has expired.' : `It does not belong to the access key (${code}).`,
        hint: { text: 'A server needs keys that last: those of a user, or an instance role.' },
      }),
  },
  { applies: ({ code }) => WRONG_REGION.test(code), explain: regionError },
  {
    applies: ({ code }) => code === 'BucketAlreadyExists',
    explain: (_, { store, login }) =>
      new UserError('s3.bucket-taken', `The bucket ${login.bucket} belongs to somebody else.`, {
        because: `Names of buckets are unique among all users of ${store}.`,
        hint: { text: `Take another name, such as ${login.bucket}-artifacts-7.` },
      }),
  },
  {
    applies: ({ code }) => code === 'OperationAborted',
    explain: ({ code }, { store, login }) =>
      new ExternalError('s3.bucket-busy', `The bucket ${login.bucket} is just being made or deleted at ${store}.`, {
        because: `A name that was given up is free again after some minutes, at AWS up to an hour (${code}).`,
        hint: { text: 'Wait, then go on; or take another name.', command: 'mlflow-setup apply' },
      }),
  },
  {
    applies: ({ code }) => code === 'InvalidBucketName',
    explain: (_, { store, login }) =>
      new UserError('s3.bucket-name', `${store} does not take ${login.bucket} as the name of a bucket.`, {
        because: 'Its own rules are stricter than those of AWS.',
        hint: { text: 'Take another name: small letters, digits and dashes.' },
      }),
  },
  {
    applies: ({ code }) => code === 'NoSuchBucket',
    explain: (_, { store, login }) =>
      new ExternalError('s3.no-bucket', `There is no bucket ${login.bucket} at ${store}.`, {
        because: 'It was deleted, or the endpoint is that of another store.',
        hint: { text: 'Apply makes it.', command: 'mlflow-setup apply' },
      }),
  },
  {
    applies: ({ code }) => WANTS_VIRTUAL.test(code),
    explain: ({ code }, { store }) =>
      new UserError('s3.wants-virtual', `${store} wants the bucket in the host name.`, {
        because: `It does not take path-style addressing (${code}).`,
        hint: { text: 'Ask it so: --s3-addressing virtual' },
      }),
  },
  {
    applies: ({ code, message }) => CHECKSUM.test(code) || /x-amz-(sdk-)?checksum|trailer/i.test(message),
    explain: ({ code, message }, { store, login }) =>
      new UserError('s3.checksums', `${store} does not take the checksums of today's SDKs.`, {
        because: formatSaid({ code, message }),
        hint: {
          text:
            login.checksums === 'when_required'
              ? 'A newer version of the store does.'
              : 'Do without: --s3-checksums when_required',
        },
      }),
  },
  {
    applies: ({ code, status }) => FULL.test(code) || status === 507,
    explain: ({ code }, { store }) =>
      new ExternalError('s3.full', `${store} has no room left for this user.`, {
        because: `A quota or a disk is full (${code || '507'}).`,
        hint: { text: 'Make room, or have the quota raised.' },
      }),
  },
  {
    applies: ({ code, status }) =>
      status >= 500 || /^(SlowDown|Throttling|ServiceUnavailable|InternalError)/.test(code),
    explain: ({ code, status }, { store }) =>
      new ExternalError('s3.unavailable', `${store} answered with ${status}.`, {
        because: `It is overloaded, or something in it failed (${code}).`,
        hint: { text: 'Try again in a minute.', command: 'mlflow-setup apply' },
      }),
  },
  { applies: ({ code, status }) => code === 'AccessDenied' || status === 403, explain: rightError },
]

function isClockWrong({ code, status, clockAhead }: StoreAnswer): boolean {
  const wrong = clockAhead !== undefined && Math.abs(clockAhead) > CLOCK_TOLERANCE_MS
  return CLOCK.test(code) || ((status === 403 || status === 400) && wrong)
}

function clockError({ clockAhead }: StoreAnswer, { store }: Asked): ExternalError {
  const minutes = Math.round(Math.abs(clockAhead ?? 0) / 60_000)
  const by =
    minutes === 0
      ? 'off by more than 15 minutes'
      : `${formatMinutes(minutes)} ${(clockAhead ?? 0) > 0 ? 'ahead' : 'behind'}`
  return new ExternalError('s3.clock-wrong', `The clock of this machine is ${by}, by the clock of ${store}.`, {
    because: 'A request is signed for a time, and counts for 15 minutes.',
    hint: { text: 'Set the clock, and keep it right.', command: 'timedatectl set-ntp true' },
  })
}

function formatMinutes(minutes: number): string {
  if (minutes < 120) return `${minutes} minutes`
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`
}

function regionError({ region, code, message }: StoreAnswer, { store, login }: Asked): UserError {
  const other = region === undefined || region === login.region ? undefined : region
  return new UserError(
    's3.wrong-region',
    `${login.region} is not the region of the bucket ${login.bucket} at ${store}.`,
    {
      because: other === undefined ? formatSaid({ code, message }) : `It is in ${other} (${code}).`,
      hint: { text: other === undefined ? 'Name the right one with --s3-region.' : `Name it: --s3-region ${other}` },
    },
  )
}

function rightError({ code }: StoreAnswer, { store, login, request }: Asked): UserError {
  const [who, lack] = login.keys === undefined ? ['The role of this machine', 'lacks'] : ['These keys', 'lack']
  const foreign = request.right === 's3:ListBucket' ? ', or the bucket belongs to somebody else' : ''
  return new UserError('s3.forbidden', `${who} may not ${request.words} ${login.bucket} at ${store}.`, {
    because: `${who} ${lack} the right ${request.right}${foreign} (${code || 'AccessDenied'}).`,
    hint: { text: 'Have that right added, or give other keys.' },
  })
}
