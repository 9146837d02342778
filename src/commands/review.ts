// In: a plan, or what stands in its way. Out: what the person at the terminal decides.
import type { Answers } from '../answers/answers.ts'
import { CATALOGUE } from '../answers/catalogue.ts'
import { keyOf, type Question } from '../answers/question.ts'
import { askQuestion } from '../answers/to-prompts.ts'
import { CancelledError } from '../errors.ts'
import { changesOf, conflictsOf } from '../plan/build-plan.ts'
import type { PreflightProblem } from '../plan/preflight.ts'
import type { Plan } from '../plan/plan.ts'
import type { Choice } from '../ports/prompts.ts'
import { formatPlanActions, formatPlanTitle } from '../report/plan-view.ts'
import type { Style } from '../report/style.ts'
import type { CommandContext } from './command-context.ts'
import type { Situation, WantedStack } from './resolve-stack.ts'

const APPLY: Choice = { value: 'apply', label: 'Apply', hint: 'make these changes' }
const TEST: Choice = { value: 'apply', label: 'Test it', hint: 'there is nothing to change' }
const CHANGE: Choice = { value: 'change', label: 'Change an answer', hint: 'and look at the plan again' }
const WRITE: Choice = { value: 'write', label: 'Write the files only', hint: 'install and start nothing' }
const CANCEL: Choice = { value: 'cancel', label: 'Cancel', hint: 'nothing is changed' }

/** The one confirmation, on the plan as it will run. Throws CancelledError. */
export async function reviewPlan(
  context: CommandContext,
  plan: Plan,
  style: Style,
): Promise<'apply' | 'change' | 'write'> {
  context.prompts.note(formatPlanActions(plan, style, { columns: style.columns - 3 }))
  const decision = await context.prompts.select({
    message: formatPlanTitle(plan, style),
    choices: choicesFor(plan),
    initial: conflictsOf(plan).length > 0 ? 'change' : 'apply',
  })
  if (decision === 'apply' || decision === 'change' || decision === 'write') return decision
  throw new CancelledError(false)
}

/** A conflict cannot be applied: the file is the user's, and so is the decision. */
function choicesFor(plan: Plan): readonly Choice[] {
  if (conflictsOf(plan).length > 0) return [CHANGE, CANCEL]
  return changesOf(plan).length > 0 ? [APPLY, CHANGE, WRITE, CANCEL] : [TEST, CHANGE, CANCEL]
}

/** Shows what stands in the way; the first of it decides which question comes again. */
export function questionInTheWay(context: CommandContext, problems: readonly PreflightProblem[]): Question {
  context.prompts.note(problems.map(({ message }) => message))
  const question = CATALOGUE.find(({ id }) => id === problems[0]?.question)
  if (question === undefined) throw new Error('a problem belongs to no question')
  return question
}

/** Which of the answers that count shall be another one. */
export async function chooseQuestion(context: CommandContext, { resolved }: WantedStack): Promise<Question> {
  const open = CATALOGUE.filter(({ id }) => resolved.answers[id] !== undefined)
  const chosen = await context.prompts.select({
    message: 'Which answer?',
    choices: open.map((question) => ({
      value: question.id,
      label: keyOf(question),
      hint: String(resolved.answers[question.id]),
      foot: question.summary,
    })),
    initial: open[0]?.id ?? 'scenario',
  })
  const question = open.find(({ id }) => id === chosen)
  if (question === undefined) throw new Error(`nobody asks for ${chosen}`)
  return question
}

/** The same question, with the answer so far as its suggestion. */
export function askAgain(
  context: CommandContext,
  question: Question,
  { resolved }: WantedStack,
  { facts }: Situation,
): Promise<Answers[keyof Answers]> {
  const current = resolved.answers[question.id]
  const suggestion = current === undefined ? undefined : { value: current }
  return askQuestion(question, suggestion, resolved.answers, facts, context.prompts)
}
