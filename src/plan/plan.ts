// In: Action[] and what inspect() found. Out: Plan, the data that `plan` prints and `apply` runs.
import type { Action } from '../targets/action.ts'

export type Effect = 'create' | 'update' | 'unchanged' | 'conflict'

/** What looking at the world said about one action. */
export interface Inspection {
  readonly effect: Effect
  /** Why, in a few words: `content differs`. */
  readonly why: string
  /** For a conflict: the difference, in unified form, with secrets already hidden. */
  readonly diff?: string
}

export interface PlannedAction extends Inspection {
  readonly action: Action
}

export interface Plan {
  readonly stackDirectory: string
  /** In an order in which they can be applied. */
  readonly actions: readonly PlannedAction[]
}
