// In: what several tasks are doing. Out: one line for each on the terminal, redrawn in place where that can be done.
import type { Clock } from '../ports/clock.ts'
import type { Terminal } from '../ports/terminal.ts'
import type { Style } from './style.ts'

export interface Progress {
  /** Shows a task. `id` is unique among those that run. */
  start(id: string, title: string): void
  /** What it is doing now, in a few words. */
  update(id: string, text: string): void
  /** `detail` is what is left to say about it: `98 packages`. */
  finish(id: string, detail?: string): void
  fail(id: string, detail?: string): void
  /** Ends the drawing and gives the cursor back; tasks that still run are shown as stopped. Everything is fine after it, and does nothing. */
  stop(): void
}

export interface ProgressOptions {
  readonly terminal: Terminal
  readonly clock: Clock
  readonly style: Style
}

export function makeProgress(_options: ProgressOptions): Progress {
  return { start: () => {}, update: () => {}, finish: () => {}, fail: () => {}, stop: () => {} }
}
