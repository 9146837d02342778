// In: a plan, once nobody else can change the stack. Out: nothing, or the error that says that its files changed meanwhile.
import { UserError } from '../errors.ts'
import { REPLACED } from '../plan/build-plan.ts'
import type { Inspection, Plan, PlannedAction } from '../plan/plan.ts'
import type { Action } from '../targets/action.ts'

/**
 * Looks at the files once more. Somebody may have sat before the review while another run made this very stack: what was
 * planned then would replace its secrets. Throws UserError `plan.stale` before anything is changed.
 */
export async function refuseStalePlan(plan: Plan, inspect: (action: Action) => Promise<Inspection>): Promise<void> {
  const files = plan.actions.filter(({ action }) => action.kind === 'write-file' || action.kind === 'write-spec')
  const now = await Promise.all(files.map(({ action }) => inspect(action)))
  if (!files.some((planned, index) => hasChanged(planned, now[index]))) return
  throw new UserError(
    'plan.stale',
    `${plan.stackDirectory} has changed since this plan was made. Nothing was changed.`,
    {
      because: 'Another run or an editor wrote to its files meanwhile.',
      hint: { text: 'Run this again: it starts from what is there now.' },
    },
  )
}

function hasChanged({ effect, why }: PlannedAction, now: Inspection | undefined): boolean {
  return now?.effect !== effect && !(now?.effect === 'conflict' && why === REPLACED)
}
