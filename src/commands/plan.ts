// In: flags, or the stack that is there. Out: exit code; what apply would change is printed, nothing is changed.
import { wrongAnswers } from '../answers/resolve.ts'
import { changesOf, conflictsOf } from '../plan/build-plan.ts'
import { checkPreflight } from '../plan/preflight.ts'
import { buildPlanDocument } from '../report/json.ts'
import { formatPlan } from '../report/plan-view.ts'
import { printJson, printResult } from '../report/print.ts'
import { makeStyle } from '../report/style.ts'
import type { CommandContext } from './command-context.ts'
import type { AnswerOptions } from './options.ts'
import { planStack } from './plan-stack.ts'
import { inspectSituation, isAnswered, resolveStack } from './resolve-stack.ts'

export interface PlanOptions extends AnswerOptions {
  /** Exit 4 when something would change, 1 when something is in the way. */
  readonly check: boolean
}

/** For an existing stack without further answers this is what `apply` does, else what `mlflow-setup --yes` would do. */
export async function plan(context: CommandContext, options: PlanOptions): Promise<number> {
  const situation = await inspectSituation(context, options)
  const { existing } = situation
  const stack = existing !== undefined && !isAnswered(options) ? existing : (await resolveStack(situation)).stack
  const problems = await checkPreflight(stack, situation.facts.machine, context, context.signal)
  if (problems.length > 0) throw wrongAnswers(problems)
  const planned = await planStack(context, stack)
  if (options.json) printJson(context.terminal, buildPlanDocument(planned.plan, stack))
  else {
    const style = makeStyle(context.terminal, context.host.home)
    printResult(context.terminal, formatPlan(planned.plan, style, { verbose: options.verbose }))
  }
  if (conflictsOf(planned.plan).length > 0) return 1
  return options.check && changesOf(planned.plan).length > 0 ? 4 : 0
}
