// In: what AWS's client threw. Out: StoreAnswer, what is known of it, in one shape.

/** How a request failed: the error of this machine's system, or the answer of whatever is at the endpoint. */
export interface StoreAnswer {
  /** `ECONNREFUSED`, or empty when there was an answer. */
  readonly system: string
  /** What S3 calls the error, `NoSuchBucket`; empty when it was no answer of S3. */
  readonly code: string
  /** Of HTTP; 0 without an answer. */
  readonly status: number
  readonly message: string
  /** The beginning of the body where that was no XML. */
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** The region that the answer names as the right one. */
  readonly region: string | undefined
  /** How far this machine's clock is ahead of the store's, in milliseconds. */
  readonly clockAhead: number | undefined
}

export function readStoreAnswer(error: unknown, now: number): StoreAnswer {
  const response = recordOf(fieldOf(error, '$response'))
  const headers = Object.fromEntries(
    Object.entries(recordOf(response['headers'])).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
  const status = Number(fieldOf(fieldOf(error, '$metadata'), 'httpStatusCode') ?? response['statusCode'] ?? 0)
  const name = textIn(error, 'name')
  // `Code` stands in the body; where the client knows the error by another name, that is in `name`.
  const named = status > 0 && /^[A-Z]\w+$/.test(name) && name !== 'Error' ? name : ''
  const code = textIn(error, 'Code') || named
  const message = textIn(error, 'message')
  const date = Date.parse(headers['date'] ?? '')
  return {
    system: systemOf(error),
    code,
    status,
    message,
    body: textIn(error, '$responseBodyText').slice(0, 2000),
    headers,
    region: textIn(error, 'Region') || headers['x-amz-bucket-region'] || regionIn(message),
    clockAhead: Number.isNaN(date) ? undefined : now - date,
  }
}

/** MinIO: "the region 'us-east-1' is wrong; expecting 'eu-north-1'". Garage: "expected: 20260101/garage/s3/aws4_request". */
function regionIn(message: string): string | undefined {
  return (
    /\bexpecting '([\w-]+)'/.exec(message)?.[1] ?? /\bexpected: '?\d{8}\/([\w-]+)\/s3\/aws4_request/.exec(message)?.[1]
  )
}

/** Of an address with several IP addresses, Node.js throws one error that holds one for each. */
function systemOf(error: unknown): string {
  const inner = fieldOf(error, 'errors')
  const own = textIn(error, 'code') || (Array.isArray(inner) ? textIn(inner[0], 'code') : '')
  // The client calls a connection that was reset a timeout too.
  return own === '' && textIn(error, 'name') === 'TimeoutError' ? 'ETIMEDOUT' : own
}

function textIn(value: unknown, name: string): string {
  const text = fieldOf(value, name)
  return typeof text === 'string' ? text : ''
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
