// In: a tracking server or store as its clients see it. Out: StepResult[], the proof.
import type { Hint } from '../errors.ts'
import type { ConnectTo } from '../ports/http.ts'
import type { BucketLogin } from '../ports/object-stores.ts'
import type { Secret } from '../secret.ts'

/** Whom the test client talks to. */
export interface TestSubject {
  /** http(s)://…, sqlite:///… or file:///…, as a client would set MLFLOW_TRACKING_URI; no login in it. */
  readonly trackingUri: string
  readonly user: string | undefined
  readonly password: Secret | undefined
  /** PEM text of further roots to trust. */
  readonly ca: string | undefined
  /** Where the server is, when its name does not lead there yet; absent: where the name leads. */
  readonly connectTo?: ConnectTo
  /** How clients get into the bucket themselves, scenario 4; absent: they do not, or bring what nobody here knows. */
  readonly bucket?: BucketLogin
  /** PEM text of the roots by which clients trust the bucket's store. */
  readonly bucketCa?: string
  /** What a stack of ours promises at its public address; absent for a server that nobody described. */
  readonly promises?: Promises
}

/** What has to hold of a stack beside what holds of any tracking server. */
export interface Promises {
  /** Nobody gets in without a login, but for `/health`. */
  readonly login: boolean
  /** An address with http:// that leads on to the one with https://; absent: there is none. */
  readonly redirectFrom?: string
  /** TCP ports that answer on the server's own machine and nowhere else. */
  readonly innerPorts: readonly number[]
  /** Whether clients reach the object store: only then may the server send them there. */
  readonly storeReachable: boolean
}

/** Which client spoke: HTTP calls made by this program, or the Python client in a virtual environment. */
export type Transport = 'rest' | 'python'

export type StepStatus = 'passed' | 'failed' | 'skipped'

export interface StepResult {
  /** `server`, `experiment`, `run`, … */
  readonly id: string
  readonly transport: Transport
  /** True when healthy: `files`, `model`. */
  readonly title: string
  readonly status: StepStatus
  /** What was seen: `12 MB up, listed, down`. */
  readonly detail: string
  readonly milliseconds: number
  /** Set when it failed: what failed, the likely cause, the next command. */
  readonly problem?: { readonly what: string; readonly because: string; readonly hint: Hint }
  /** Set when it was skipped: the id of the step that it depends on. */
  readonly blockedBy?: string
}
