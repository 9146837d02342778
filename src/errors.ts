// In: nothing. Out: the errors that this program knows: what failed, why, and what to do.
/** What the reader can do: words, and where there is one, the command that does it, or a text to be copied as it is. */
export interface Hint {
  readonly text: string
  readonly command?: string
  readonly copy?: string
}

export interface ErrorDetails {
  /** The reason, one sentence. */
  readonly because?: string
  readonly hint?: Hint
  readonly cause?: unknown
}

/** One wrong or missing answer, each with the ways to give it. */
export interface Problem {
  /** The flag or variable, as the user writes it. */
  readonly name: string
  /** What is wrong, and what would be right. */
  readonly message: string
  /** The environment variable that gives the same answer. */
  readonly variable?: string
}

abstract class KnownError extends Error {
  /** Stable and machine readable: `area.what`. */
  readonly code: string
  readonly because: string | undefined
  readonly hint: Hint | undefined

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.code = code
    this.because = details.because
    this.hint = details.hint
  }
}

/** The user can act: wrong or missing input. Exit code 2. */
export class UserError extends KnownError {
  readonly problems: readonly Problem[]

  constructor(code: string, message: string, details: ErrorDetails & { problems?: readonly Problem[] } = {}) {
    super(code, message, details)
    this.problems = details.problems ?? []
  }
}

/** A program, a server or this machine failed. Exit code 1. */
export class ExternalError extends KnownError {
  /** The command that failed, without secrets. */
  readonly command: string | undefined
  readonly exitCode: number | undefined
  /** Where `lastLines` come from, as shown: `logs/mlflow.log`. */
  readonly source: string | undefined
  readonly lastLines: readonly string[]

  constructor(
    code: string,
    message: string,
    details: ErrorDetails & {
      command?: string
      exitCode?: number
      source?: string
      lastLines?: readonly string[]
    } = {},
  ) {
    super(code, message, details)
    this.command = details.command
    this.exitCode = details.exitCode
    this.source = details.source
    this.lastLines = details.lastLines ?? []
  }
}

/** Applying stopped half way: what stopped it, and what was done and stays. */
export class HalfwayError extends Error {
  override readonly cause: unknown
  /** Titles of the actions that are done and kept. */
  readonly done: readonly string[]

  constructor(cause: unknown, done: readonly string[]) {
    super('Applying stopped half way.')
    this.name = 'HalfwayError'
    this.cause = cause
    this.done = done
  }
}

/** The user said stop. Exit code 130. */
export class CancelledError extends Error {
  readonly changed: boolean

  /** `changed`: whether anything on the machine was changed before. */
  constructor(changed = false) {
    super('Cancelled.')
    this.name = 'CancelledError'
    this.changed = changed
  }
}

/** For `switch` over a union: the compiler refuses a call while a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`)
}
