// In: a wanted stack. Out: its plan, and the ports that apply it.
import { inspectAction } from '../actions/action-table.ts'
import type { ActionPorts } from '../actions/action-kind.ts'
import { buildPlan, replaceConflicts } from '../plan/build-plan.ts'
import type { Plan } from '../plan/plan.ts'
import { UserError } from '../errors.ts'
import type { Secrets } from '../secret.ts'
import { missingSecrets, resolveSecrets } from '../stack/secrets.ts'
import type { Stack } from '../stack/spec.ts'
import { targetOf } from '../targets/target-table.ts'
import { buildLayout } from '../targets/native/layout.ts'
import type { CommandContext } from './command-context.ts'
import { readEnvironment } from './read-environment.ts'

export interface PlannedStack {
  readonly plan: Plan
  readonly ports: ActionPorts
}

export interface PlanWishes {
  /** Absolute paths of edited files that shall be ours again. */
  readonly replace?: readonly string[]
  /** Secrets that the user gave now; others are those of `.env`, or made. */
  readonly given?: Secrets
}

/** Looks at everything, changes nothing. Throws UserError `secrets.missing`, and what the actions find to be wrong. */
export async function planStack(
  context: CommandContext,
  stack: Stack,
  { replace = [], given = {} }: PlanWishes = {},
): Promise<PlannedStack> {
  const env = await readEnvironment(context, stack.directory)
  const secrets = resolveSecrets(stack.spec, env, context.random, given)
  const missing = missingSecrets(stack.spec, secrets)
  if (missing.length > 0) throw withoutSecrets(missing, stack)
  const ports: ActionPorts = { ...context, secrets }
  const actions = targetOf(stack.spec.target).actions(stack)
  const plan = await buildPlan(stack.directory, actions, (action) => inspectAction(action, ports, context.signal))
  return { plan: replaceConflicts(plan, replace), ports }
}

function withoutSecrets(names: readonly string[], stack: Stack): UserError {
  const problems = names.map((name) => ({ name, message: 'missing: only you can give it' }))
  return new UserError('secrets.missing', `${buildLayout(stack.directory).env} lacks what this stack needs.`, {
    problems,
    hint: { text: 'Give it as a variable of the same name, then run this again.' },
  })
}
