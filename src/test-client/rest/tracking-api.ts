// In: a TestSubject and one call. Out: the parsed answer, or a StepFailure that carries what was seen.
import { safeParse } from 'valibot'
import type { GenericSchema, InferOutput } from 'valibot'
import { portOf } from '../../answers/public-address.ts'
import type { ConnectTo, Http, HttpRequest, HttpResponse } from '../../ports/http.ts'
import type { Secret } from '../../secret.ts'
import { asStepFailure, StepFailure } from '../failure.ts'
import { formatServerWords } from '../format-detail.ts'
import type { TestSubject } from '../step.ts'
import { buildApiUrl } from './artifact-address.ts'

export interface Exchange {
  /** What the call is for, in words that "failed" can follow: `Creating the run`. */
  readonly goal: string
  readonly method: HttpRequest['method']
  readonly url: string
  readonly body?: Uint8Array | string
  readonly headers?: Readonly<Record<string, string>>
  /** False: without user and password, also when there are some. */
  readonly login?: boolean | TestLogin
  /** Other roots than the subject's. */
  readonly ca?: string
  /** Less than the step's own limit. */
  readonly timeoutMs?: number
}

/** Another user and password than the subject's. */
export interface TestLogin {
  readonly user: string
  readonly password: Secret
}

export interface ApiCall {
  readonly goal: string
  readonly method: HttpRequest['method']
  /** Below the tracking URI: `/api/2.0/mlflow/runs/create`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
}

/** The HTTP side of MLflow, as one step uses it. */
export interface TrackingApi {
  /** Any status is fine; throws StepFailure when there was no answer. */
  exchange(exchange: Exchange): Promise<HttpResponse>
  /** As `exchange`, but throws StepFailure for any status other than 200. */
  transfer(exchange: Exchange): Promise<HttpResponse>
  /** A JSON call; throws StepFailure for any status other than 200 and for an answer of another shape. */
  call<S extends GenericSchema>(call: ApiCall, schema: S): Promise<InferOutput<S>>
}

/** `timeoutMs` counts for each call. The signal ends all of them with its reason. */
export function makeTrackingApi(
  subject: TestSubject,
  http: Http,
  limits: { timeoutMs: number; signal: AbortSignal },
): TrackingApi {
  const { ca } = subject
  const fixed = { ...limits, ...(ca === undefined ? {} : { ca }) }
  const exchange = async ({ goal, login: wanted, ...request }: Exchange): Promise<HttpResponse> => {
    const login = loginFor(subject, wanted)
    const connectTo = connectToFor(subject, request.url)
    try {
      return await http.request({
        ...fixed,
        ...request,
        ...(login === undefined ? {} : { login }),
        ...(connectTo === undefined ? {} : { connectTo }),
      })
    } catch (error) {
      throw asStepFailure(goal, error)
    }
  }
  const transfer = async (request: Exchange): Promise<HttpResponse> => {
    const response = await exchange(request)
    if (response.status !== 200) throw answerFailure(request.goal, response)
    return response
  }
  return {
    exchange,
    transfer,
    call: async ({ goal, method, path, query, body }, schema) => {
      const json =
        body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      const response = await transfer({ goal, method, url: buildApiUrl(subject.trackingUri, path, query), ...json })
      const parsed = safeParse(schema, response.json())
      if (!parsed.success) throw answerFailure(goal, response)
      return parsed.output
    },
  }
}

function loginFor({ user, password }: TestSubject, wanted: Exchange['login']): TestLogin | undefined {
  if (typeof wanted === 'object') return wanted
  return wanted === false || user === undefined || password === undefined ? undefined : { user, password }
}

/** Only its own name leads elsewhere, on whatever port; the object store's does not. */
function connectToFor({ trackingUri, connectTo }: TestSubject, url: string): ConnectTo | undefined {
  if (connectTo === undefined || !URL.canParse(url)) return undefined
  const [own, asked] = [new URL(trackingUri), new URL(url)]
  if (own.hostname !== asked.hostname) return undefined
  return own.host === asked.host ? connectTo : { host: connectTo.host, port: portOf(asked) }
}

/** An answer that is not the wanted one, as a failure. */
export function answerFailure(goal: string, response: HttpResponse): StepFailure {
  const text = response.text().slice(0, 10_000)
  const words = formatServerWords(text)
  const said =
    response.status === 200
      ? 'with something that is not MLflow’s'
      : `${response.status}${words === '' ? '' : `, ${words}`}`
  return new StepFailure(`${goal} failed: the server answered ${said.replace(/[.\s]+$/, '')}.`, {
    status: response.status,
    headers: response.headers,
    text,
  })
}
