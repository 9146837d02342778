// In: a tracking server or store as its clients see it. Out: StepResult[], the proof.
import type { Hint } from '../errors.ts'
import type { Secret } from '../secret.ts'

/** Whom the test client talks to. */
export interface TestSubject {
  /** http(s)://…, sqlite:///… or file:///…, as a client would set MLFLOW_TRACKING_URI; no login in it. */
  readonly trackingUri: string
  readonly user: string | undefined
  readonly password: Secret | undefined
  /** PEM text of further roots to trust. */
  readonly ca: string | undefined
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
