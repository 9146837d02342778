// In: Plan. Out: its lines: one per change, conflicts with their difference and the way on.
import type { Plan } from '../plan/plan.ts'
import type { Style } from './style.ts'

export interface PlanViewOptions {
  /** Show unchanged actions one by one. */
  readonly verbose?: boolean
  /** What a line may take; less than the terminal's beside a guide bar. */
  readonly columns?: number
}

/** `9 changes in ~/mlflow, 1 outside`: the title of the review. */
export function formatPlanTitle(_plan: Plan, _style: Style): string {
  return ''
}

/** One line per action, without the title. */
export function formatPlanActions(_plan: Plan, _style: Style, _options: PlanViewOptions = {}): string[] {
  return []
}

/** Title and actions, as `mlflow-setup plan` prints them. */
export function formatPlan(_plan: Plan, _style: Style, _options: PlanViewOptions = {}): string[] {
  return []
}
