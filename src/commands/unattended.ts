// In: flags, variables, an answers file. Out: exit code; a stack that runs and is proven, without a question.
import { wrongAnswers } from '../answers/resolve.ts'
import { checkPreflight } from '../plan/preflight/check-preflight.ts'
import type { CommandContext } from './command-context.ts'
import { finishStack } from './finish-stack.ts'
import { resolveWithPrograms } from './install-programs.ts'
import type { AnswerOptions } from './options.ts'
import { planStack } from './plan-stack.ts'
import { refuseConflicts } from './refuse-conflicts.ts'
import { buildRepeatCommand } from './repeat-command.ts'
import { tellStoreChanges } from './tell-store-changes.ts'
import { inspectSituation, wantStack } from './resolve-stack.ts'
import { settleStore } from './settle-store.ts'

/** Throws UserError for answers that are missing or wrong, all at once, before anything was changed. */
export async function runUnattended(context: CommandContext, options: AnswerOptions): Promise<number> {
  const begin = context.clock.monotonic()
  const found = await inspectSituation(context, options)
  const { situation, resolved } = await resolveWithPrograms(context, options, found)
  const { stack, given } = await settleStore(context, await wantStack(context, situation, resolved))
  const problems = await checkPreflight(stack, situation.facts.machine, context, context.signal)
  if (problems.length > 0) throw wrongAnswers(problems)
  tellStoreChanges(context, options, situation.existing, stack)
  const planned = await planStack(context, stack, { given })
  refuseConflicts(context, planned.plan, options)
  context.signal.throwIfAborted()
  return finishStack(context, {
    stack,
    planned,
    testClient: resolved.answers.testClient ?? 'rest',
    again: buildRepeatCommand(resolved, situation.facts),
    json: options.json,
    begin,
  })
}
