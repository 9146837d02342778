// In: a plan that nobody can be asked about. Out: nothing, where nothing is in its way.
import { UserError } from '../errors.ts'
import { conflictsOf } from '../plan/build-plan.ts'
import type { Plan } from '../plan/plan.ts'
import { formatPlan } from '../report/plan-view.ts'
import { printAside } from '../report/print.ts'
import { makeStyle } from '../report/style.ts'
import type { CommandContext } from './command-context.ts'
import type { CommonOptions } from './options.ts'

/** Throws UserError `plan.conflict` after the plan was shown: what is in the way is the user's, and so is the decision. */
export function refuseConflicts(
  { terminal, host }: CommandContext,
  plan: Plan,
  { json }: Pick<CommonOptions, 'json'>,
): void {
  if (conflictsOf(plan).length === 0) return
  if (!json) printAside(terminal, formatPlan(plan, makeStyle(terminal, host.home)))
  throw new UserError('plan.conflict', 'Something is in the way. Nothing was changed.', {
    hint: { text: 'Decide about each conflict, then run this again.', command: 'mlflow-setup plan' },
  })
}
