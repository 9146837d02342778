// In: whatever was thrown. Out: what failed, why, and what to do, as lines.
import type { Style } from './style.ts'

export interface ErrorViewOptions {
  /** Show stacks. */
  readonly debug: boolean
  /** Titles of the actions that are done and kept. */
  readonly done?: readonly string[]
}

export function formatError(_error: unknown, _style: Style, _options: ErrorViewOptions): string[] {
  return []
}
