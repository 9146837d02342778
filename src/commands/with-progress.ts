// In: work that takes time. Out: its result; what it does is shown while it does it, and the terminal is left as it was.
import { makeProgress, type Progress } from '../report/live-progress.ts'
import { makeStyle } from '../report/style.ts'
import type { CommandContext } from './command-context.ts'

export async function withProgress<T>(context: CommandContext, work: (progress: Progress) => Promise<T>): Promise<T> {
  const { terminal, clock, host } = context
  const style = makeStyle(terminal, host.home)
  const progress = makeProgress({ terminal, clock, style, onExit: (callback) => context.onExit(callback) })
  try {
    return await work(progress)
  } finally {
    progress.stop()
  }
}
