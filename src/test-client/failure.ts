// In: what a client saw go wrong. Out: Evidence, from which explain-failure tells the cause.
import { ExternalError, type Hint } from '../errors.ts'

/** What was seen when a step failed, without any secret. */
export interface Evidence {
  /** The address that the test client was given. */
  readonly trackingUri: string
  /** The id of the step. */
  readonly step: string
  /** Whether a user and password were sent. */
  readonly login: boolean
  /** The code of an ExternalError, such as `http.refused`. */
  readonly code?: string
  /** The HTTP status of the answer. */
  readonly status?: number
  /** The answer's header lines that tell something, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  /** The answer, the error's words, or the last lines of the program. */
  readonly text: string
}

/** A step that did not get what it asked for. */
export class StepFailure extends Error {
  readonly what: string
  readonly seen: Omit<Evidence, 'trackingUri' | 'step' | 'login'>
  /** Cause and cure, where whoever failed knows them. */
  readonly explained: { readonly because: string; readonly hint: Hint } | undefined

  /** `what`: one statement of what failed, with a full stop. */
  constructor(what: string, seen: StepFailure['seen'] = { text: '' }, explained?: StepFailure['explained']) {
    super(what)
    this.name = 'StepFailure'
    this.what = what
    this.seen = seen
    this.explained = explained
  }
}

/** A connection that never became an answer, as a failure of `goal` ("Creating the run"). Anything else is handed back to be thrown. */
export function asStepFailure(goal: string, error: unknown): unknown {
  if (!(error instanceof ExternalError)) return error
  const text = [error.message, error.because ?? ''].join(' ').trim()
  return new StepFailure(`${goal} failed: ${lowerFirst(error.message)}`, { code: error.code, text })
}

/** Names and addresses at the start of a statement keep their case. */
function lowerFirst(text: string): string {
  return /^(No|The) /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
