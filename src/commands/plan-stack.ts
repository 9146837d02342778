// In: a wanted stack. Out: its plan, and the ports that apply it.
import { inspectAction } from '../actions/action-table.ts'
import { inspectProject } from '../actions/compose/project.ts'
import type { ActionPorts } from '../actions/action-kind.ts'
import { buildPlan, replaceConflicts } from '../plan/build-plan.ts'
import type { Plan } from '../plan/plan.ts'
import { UserError } from '../errors.ts'
import type { Secrets } from '../secret.ts'
import { missingSecrets, resolveSecrets } from '../stack/secrets.ts'
import type { Stack } from '../stack/spec.ts'
import { projectOf } from '../targets/compose/volumes.ts'
import { buildLayout } from '../targets/native/layout.ts'
import { targetOf } from '../targets/target-table.ts'
import type { CommandContext } from './command-context.ts'
import { readKeptSecrets, type KeptSecrets } from './kept-secrets.ts'
import { refuseLostSecrets } from './refuse-lost-secrets.ts'

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
  const kept = await keepSecrets(context, stack, replace)
  const secrets = resolveSecrets(stack.spec, kept.secrets, context.random, given)
  const missing = missingSecrets(stack.spec, secrets)
  if (missing.length > 0) throw withoutSecrets(missing, stack)
  const ports: ActionPorts = { ...context, secrets }
  const actions = targetOf(stack.spec.target).actions(stack)
  const plan = await buildPlan(stack.directory, actions, (action) => inspectAction(action, ports, context.signal))
  return { plan: replaceConflicts(tellNewEnvironment(plan, kept, stack), replace), ports }
}

/** Throws UserError `stack.name-taken` and `secrets.lost`: nobody's containers are taken over, no data is made unreadable. */
async function keepSecrets(context: CommandContext, stack: Stack, replace: readonly string[]): Promise<KeptSecrets> {
  if (stack.spec.target !== 'compose') return readKeptSecrets(context, stack)
  const { volumes } = await inspectProject(projectOf(stack), context, context.signal)
  const kept = await readKeptSecrets(context, stack)
  if (!replace.includes(buildLayout(stack.directory).env))
    await refuseLostSecrets(context, stack, kept.secrets, volumes)
  return kept
}

/** Where `.env` was lost, its row says where the secrets come from. */
function tellNewEnvironment(plan: Plan, { recovered }: KeptSecrets, { directory, spec }: Stack): Plan {
  if (recovered.length === 0) return plan
  const admin =
    spec.auth.kind === 'none' || recovered.includes('MLFLOW_SETUP_ADMIN_PASSWORD') ? '' : spec.auth.adminUser
  const detail = `recovered from the containers${admin === '' ? '' : `, with a new password for ${admin}`}`
  const { env } = buildLayout(directory)
  const actions = plan.actions.map((planned) =>
    planned.action.kind === 'write-file' && planned.action.input.path === env && planned.effect === 'create'
      ? { ...planned, action: { ...planned.action, detail } }
      : planned,
  )
  return { ...plan, actions }
}

function withoutSecrets(names: readonly string[], stack: Stack): UserError {
  const problems = names.map((name) => ({ name, message: 'missing: only you can give it' }))
  return new UserError('secrets.missing', `${buildLayout(stack.directory).env} lacks what this stack needs.`, {
    problems,
    hint: { text: 'Give it as a variable of the same name, then run this again.' },
  })
}
