// In: StatusReport. Out: its lines.
import type { StatusReport } from './status-report.ts'
import type { Style } from './style.ts'

/** `now` is what ages are counted from. */
export function formatStatus(_report: StatusReport, _now: Date, _style: Style): string[] {
  return []
}
