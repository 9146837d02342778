// In: a plan that was agreed to. Out: ApplyResult; what happens is shown while it happens.
import { applyPlan, type ApplyListener, type ApplyResult } from '../actions/apply-plan.ts'
import { inspectAction } from '../actions/action-table.ts'
import { refuseStalePlan } from '../actions/refuse-stale-plan.ts'
import { withStackLock } from '../actions/stack-lock.ts'
import type { PlannedAction } from '../plan/plan.ts'
import type { Progress } from '../report/live-progress.ts'
import type { AppliedAction } from '../report/json.ts'
import type { CommandContext } from './command-context.ts'
import type { PlannedStack } from './plan-stack.ts'
import { withProgress } from './with-progress.ts'

export interface RunResult extends ApplyResult {
  readonly actions: readonly AppliedAction[]
}

const QUIET = ['make-directories', 'write-file', 'write-spec', 'write-image-file', 'edit-aws-profile']

/** Whether an action is worth a line of its own; folders and files take no time. */
export function isTold({ action }: PlannedAction): boolean {
  return !QUIET.includes(action.kind)
}

/** Applies under the stack's lock. Throws UserError `stack.locked`, `plan.stale`, `plan.conflict`, or the reason of an abort. */
export async function runPlan(context: CommandContext, { plan, ports }: PlannedStack): Promise<RunResult> {
  const milliseconds = new Map<string, number>()
  const result = await withProgress(context, (progress) =>
    withStackLock(plan.stackDirectory, ports, async () => {
      await refuseStalePlan(plan, (action) => inspectAction(action, ports, context.signal))
      return applyPlan(plan, ports, showOn(progress, milliseconds, context.signal), context.signal)
    }),
  )
  const actions = plan.actions.map((planned): AppliedAction => ({
    id: planned.action.id,
    outcome: outcomeOf(planned, result),
    milliseconds: Math.round(milliseconds.get(planned.action.id) ?? 0),
  }))
  return { ...result, actions }
}

function showOn(progress: Progress, milliseconds: Map<string, number>, signal: AbortSignal): ApplyListener {
  const last = new Map<string, string>()
  return {
    started(planned) {
      if (isTold(planned)) progress.start(planned.action.id, planned.action.title)
    },
    progressed({ action }, text) {
      last.set(action.id, text)
      progress.update(action.id, text)
    },
    finished({ action }, time) {
      milliseconds.set(action.id, time)
      progress.finish(action.id, last.get(action.id))
    },
    failed: ({ action }) => progress.fail(action.id, signal.aborted ? 'stopped' : 'failed'),
  }
}

function outcomeOf(planned: PlannedAction, result: ApplyResult): AppliedAction['outcome'] {
  if (planned.effect === 'unchanged') return 'unchanged'
  if (result.failure?.planned === planned) return 'failed'
  return result.done.includes(planned) ? 'applied' : 'not-started'
}
