// In: mlflow-setup.yaml. Out: exit code; the stack is as the file says.
import { resolve } from 'node:path'
import { wrongAnswers } from '../answers/resolve.ts'
import { inspectMachine } from '../answers/inspect-machine.ts'
import { changesOf } from '../plan/build-plan.ts'
import { checkPreflight } from '../plan/preflight/check-preflight.ts'
import { buildApplyDocument } from '../report/json.ts'
import { formatPlan } from '../report/plan-view.ts'
import { printJson, printResult } from '../report/print.ts'
import { makeStyle } from '../report/style.ts'
import type { Stack } from '../stack/spec.ts'
import type { CommandContext } from './command-context.ts'
import { requireStack } from './find-stack.ts'
import { finishStack } from './finish-stack.ts'
import { readMissingSecrets } from './given-secrets.ts'
import type { CommonOptions } from './options.ts'
import { planStack, type PlannedStack } from './plan-stack.ts'
import { refuseConflicts } from './refuse-conflicts.ts'

export interface ApplyOptions extends CommonOptions {
  /** Edited files that shall be written again; relative to the current directory or to the stack's. */
  readonly replace: readonly string[]
}

/** Changes what differs and proves it; a second run changes nothing. Throws UserError before anything is changed. */
export async function apply(context: CommandContext, options: ApplyOptions): Promise<number> {
  const begin = context.clock.monotonic()
  const stack = await requireStack(context, options.dir)
  const replace = options.replace.flatMap((path) => [resolve(context.cwd, path), resolve(stack.directory, path)])
  const given = await readMissingSecrets(context, stack)
  const planned = await planStack(context, stack, { replace, given })
  refuseConflicts(context, planned.plan, options)
  if (changesOf(planned.plan).length === 0) {
    if (options.json) printJson(context.terminal, unchangedDocument(stack, planned, context.clock.monotonic() - begin))
    else printResult(context.terminal, formatPlan(planned.plan, makeStyle(context.terminal, context.host.home)))
    return 0
  }
  const machine = await inspectMachine(context, context.signal)
  const problems = await checkPreflight(stack, machine, context, context.signal)
  if (problems.length > 0) throw wrongAnswers(problems)
  const testClient = stack.spec.publicUrl === undefined ? 'python' : 'rest'
  return finishStack(context, {
    stack,
    planned,
    testClient,
    again: ['mlflow-setup', 'apply', ...(options.dir === undefined ? [] : ['--dir', stack.directory])],
    json: options.json,
    begin,
  })
}

function unchangedDocument(
  stack: Stack,
  { plan }: PlannedStack,
  milliseconds: number,
): ReturnType<typeof buildApplyDocument> {
  const actions = plan.actions.map(({ action }) => ({ id: action.id, outcome: 'unchanged' as const, milliseconds: 0 }))
  return buildApplyDocument({ stack, plan, actions, proof: undefined, nextSteps: undefined, milliseconds })
}
