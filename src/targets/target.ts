// In: a Stack. Out: what the target wants of the machine. Pure: nothing is looked at, nothing is changed.
import type { Stack } from '../stack/spec.ts'
import type { Action } from './action.ts'

/** One place where a stack can run. */
export interface Target {
  /** Every change that leads from nothing to the running stack, in a graph by `needs`. */
  actions(stack: Stack): readonly Action[]
}
