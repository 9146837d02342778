// In: flags, or the stack that is there. Out: exit code; what apply would change is printed, nothing is changed.
import { resolveAnswers, wrongAnswers } from '../answers/resolve.ts'
import { changesOf, conflictsOf } from '../plan/build-plan.ts'
import { checkPreflight } from '../plan/preflight/check-preflight.ts'
import { buildPlanDocument } from '../report/json.ts'
import { formatPlan } from '../report/plan-view.ts'
import { printJson, printResult } from '../report/print.ts'
import { makeStyle } from '../report/style.ts'
import type { CommandContext } from './command-context.ts'
import type { AnswerOptions } from './options.ts'
import { planStack } from './plan-stack.ts'
import { readMissingSecrets } from './given-secrets.ts'
import { inspectSituation, isAnswered, wantStack, type Situation, type WantedStack } from './resolve-stack.ts'
import { tellStoreChanges } from './tell-store-changes.ts'
import { settleStore } from './settle-store.ts'

export interface PlanOptions extends AnswerOptions {
  /** Exit 4 when something would change, 1 when something is in the way. */
  readonly check: boolean
}

/** For an existing stack without further answers this is what `apply` does, else what `mlflow-setup --yes` would do. */
export async function plan(context: CommandContext, options: PlanOptions): Promise<number> {
  const situation = await inspectSituation(context, options)
  const { existing } = situation
  const { stack, given } =
    existing !== undefined && !isAnswered(options)
      ? { stack: existing, given: await readMissingSecrets(context, existing) }
      : await wantUnattended(context, situation)
  const problems = await checkPreflight(stack, situation.facts.machine, context, context.signal)
  if (problems.length > 0) throw wrongAnswers(problems)
  tellStoreChanges(context, options, existing, stack)
  const planned = await planStack(context, stack, { given })
  if (options.json) printJson(context.terminal, buildPlanDocument(planned.plan, stack))
  else {
    const style = makeStyle(context.terminal, context.host.home)
    printResult(context.terminal, formatPlan(planned.plan, style, { verbose: options.verbose }))
  }
  if (conflictsOf(planned.plan).length > 0) return 1
  return options.check && changesOf(planned.plan).length > 0 ? 4 : 0
}

/** Nothing is installed for a plan: a program that is missing is a missing answer. */
async function wantUnattended(context: CommandContext, situation: Situation): Promise<WantedStack> {
  const resolved = await resolveAnswers(situation.sources, { ...situation.facts, installable: [] })
  return settleStore(context, await wantStack(context, situation, resolved))
}
