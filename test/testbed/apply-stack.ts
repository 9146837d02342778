// In: a stack and the ports. Out: what applying it changed, as the program itself does it, without questions and screens.
import { inspectAction } from '../../src/actions/action-table.ts'
import { applyPlan } from '../../src/actions/apply-plan.ts'
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import { withStackLock } from '../../src/actions/stack-lock.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import type { PlannedAction } from '../../src/plan/plan.ts'
import type { Stack } from '../../src/stack/spec.ts'
import type { ActionOf } from '../../src/targets/action.ts'
import { native } from '../../src/targets/native/native.ts'

const { signal } = new AbortController()
const SILENT = {
  started: () => undefined,
  progressed: () => undefined,
  finished: () => undefined,
  failed: () => undefined,
}

/** What differs from the wanted stack. */
export async function differencesOf(stack: Stack, ports: ActionPorts): Promise<readonly PlannedAction[]> {
  const plan = await buildPlan(stack.directory, native.actions(stack), (action) => inspectAction(action, ports, signal))
  return plan.actions.filter(({ effect }) => effect !== 'unchanged')
}

/** Throws what stopped it. */
export async function applyStack(stack: Stack, ports: ActionPorts): Promise<void> {
  const plan = await buildPlan(stack.directory, native.actions(stack), (action) => inspectAction(action, ports, signal))
  const { failure } = await withStackLock(stack.directory, ports, () => applyPlan(plan, ports, SILENT, signal))
  if (failure !== undefined) throw failure.error
}

/** Its groups of services, in the order in which they start. */
export function groupsOf(stack: Stack): readonly ActionOf<'run-services'>[] {
  return native.actions(stack).filter((action): action is ActionOf<'run-services'> => action.kind === 'run-services')
}
