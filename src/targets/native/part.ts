// In: nothing. Out: Part, what one part of a native stack (its database, its bucket, its proxy) adds to the whole.
import type { Action } from '../action.ts'

export interface Part {
  /** With the service groups of its own, if it has any. */
  readonly actions: readonly Action[]
  /** Ids of actions after which others may use it. */
  readonly ready: readonly string[]
  /** Files of it that MLflow's own services read at their start. */
  readonly readAtStart: readonly string[]
}

/** Ids of actions that a part builds on. */
export interface Foundation {
  /** The folders are there and belong to whom they should. */
  readonly folders: string
  /** `.env` is written. */
  readonly environment: string
  /** The virtual environment has MLflow in it. */
  readonly packages: string
}
