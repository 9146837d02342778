// In: nothing. Out: RestStep, the shape of one file in `steps/`.
import type { Clock } from '../../ports/clock.ts'
import type { ObjectStores } from '../../ports/object-stores.ts'
import type { Random } from '../../ports/random.ts'
import type { TestSubject } from '../step.ts'
import type { TrackingApi } from './tracking-api.ts'

/** What earlier steps found, for those that need them. */
export interface Found {
  readonly version?: string
  readonly experimentId?: string
  readonly runId?: string
  readonly artifactUri?: string
}

/** Takes something away again. It runs also when the step that asked for it failed half way, so there may be nothing to take away. */
export type Undo = (api: TrackingApi, found: Found, signal: AbortSignal) => Promise<void>

export interface RestTrip {
  readonly subject: TestSubject
  readonly api: TrackingApi
  /** Undefined: the proof was given none. */
  readonly stores: ObjectStores | undefined
  /** Ends the step. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: Random
  /** Unique on the server: the name of the experiment and of the model. */
  readonly name: string
  readonly found: Found
  /** Call it before something is created: undone in reverse order when the proof ends. */
  undoLater(undo: Undo): void
}

export interface RestOutcome {
  readonly detail: string
  readonly found?: Found
  /** The step found that it cannot be done here, for the reason that `detail` gives. */
  readonly skipped?: boolean
}

export interface RestStep {
  readonly id: string
  /** Absent: it is for every server. Where it says no, the step is not there at all. */
  appliesTo?(subject: TestSubject): boolean
  readonly title: string
  /** Ids of steps that must have passed. */
  readonly needs: readonly string[]
  readonly timeoutMs: number
  run(trip: RestTrip): Promise<RestOutcome>
}

/** A value that a needed step has left. */
export function required(value: string | undefined): string {
  if (value === undefined) throw new Error('a step ran before the one that it needs')
  return value
}
