// In: a TestSubject behind nginx, and where that nginx listens. Out: Detour, when the public name does not lead there yet.
import type { ConnectTo, Http } from '../ports/http.ts'
import { buildApiUrl } from './rest/artifact-address.ts'
import { makeTrackingApi } from './rest/tracking-api.ts'
import { StepFailure } from './failure.ts'
import type { TestSubject } from './step.ts'

/** A way past DNS, and why it is taken. */
export interface Detour extends ConnectTo {
  /** A statement: `mlflow.example.com has no address yet.` */
  readonly why: string
}

/** The first call of a worker opens its database; the second one finds it open, or meets another worker. Milliseconds. */
const FIRST_MS = 30_000
const SECOND_MS = 10_000

/**
 * Undefined when the public address leads to this very server, and also when it does not answer even here: then the public
 * address has the better story to tell. A server with the same password is taken for the same one.
 */
export async function findDetour(
  subject: TestSubject,
  listensAt: ConnectTo,
  http: Http,
  signal: AbortSignal,
): Promise<Detour | undefined> {
  const here = await ask({ ...subject, connectTo: listensAt }, http, { timeoutMs: FIRST_MS, signal })
  if (here !== 200) return undefined
  const there = await ask(subject, http, { timeoutMs: SECOND_MS, signal })
  return there === 200 ? undefined : { ...listensAt, why: explain(new URL(subject.trackingUri).host, there) }
}

/** The status of a call that only this stack answers with 200, or the code of the error. */
async function ask(
  subject: TestSubject,
  http: Http,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<number | string> {
  const url = buildApiUrl(subject.trackingUri, '/api/2.0/mlflow/experiments/search', { max_results: '1' })
  try {
    const answer = await makeTrackingApi(subject, http, limits).exchange({ goal: 'Asking', method: 'GET', url })
    return answer.status === 200 && answer.json() === undefined ? 'not-mlflow' : answer.status
  } catch (error) {
    if (error instanceof StepFailure) return error.seen.code ?? ''
    throw error
  }
}

function explain(host: string, seen: number | string): string {
  if (seen === 'http.unknown-host') return `${host} has no address in DNS yet.`
  if (seen === 'http.tls') return `At ${host} another server answers, with another certificate.`
  if (typeof seen === 'string' && seen.startsWith('http.')) return `${host} cannot be reached from here.`
  // Networks that may come in need not have this machine's own address: nginx lets it in by the way past DNS.
  if (seen === 403) return `${host} does not let this machine in (403).`
  return `At ${host} another server answers.`
}
