// In: a wanted stack. Out: its plan, and the ports that apply it.
import { inspectAction } from '../actions/action-table.ts'
import type { ActionPorts } from '../actions/action-kind.ts'
import { buildPlan, replaceConflicts } from '../plan/build-plan.ts'
import type { Plan } from '../plan/plan.ts'
import { resolveSecrets } from '../stack/secrets.ts'
import type { Stack } from '../stack/spec.ts'
import { targetOf } from '../targets/target-table.ts'
import { buildLayout } from '../targets/native/layout.ts'
import type { CommandContext } from './command-context.ts'

export interface PlannedStack {
  readonly plan: Plan
  readonly ports: ActionPorts
}

/** Looks at everything, changes nothing. `replace`: absolute paths of edited files that shall be ours again. */
export async function planStack(
  context: CommandContext,
  stack: Stack,
  replace: readonly string[] = [],
): Promise<PlannedStack> {
  const env = await context.files.readText(buildLayout(stack.directory).env)
  const ports: ActionPorts = { ...context, secrets: resolveSecrets(stack.spec, env, context.random) }
  const actions = targetOf(stack.spec.target).actions(stack)
  const plan = await buildPlan(stack.directory, actions, (action) => inspectAction(action, ports, context.signal))
  return { plan: replaceConflicts(plan, replace), ports }
}
