// In: what an action is about, and what it needs to know. Out: the action.
import type { ActionInputs, ActionKind, ActionOf } from './action.ts'

/** What people see of an action, and how it hangs together with others. */
export interface ActionAbout {
  /** Unique among the actions of its kind. */
  readonly name: string
  readonly title: string
  readonly detail: string
  readonly needs: readonly string[]
  readonly refreshOn?: readonly string[]
}

/** The id is `kind:name`. */
export function buildAction<K extends ActionKind>(kind: K, about: ActionAbout, input: ActionInputs[K]): ActionOf<K> {
  const { name, title, detail, needs, refreshOn = [] } = about
  return { id: `${kind}:${name}`, kind, title, detail, needs, refreshOn, input }
}
