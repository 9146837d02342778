// In: a plan, or what stands in its way. Out: what the person at the terminal decides.
import type { Answers, ResolvedAnswers } from '../answers/answers.ts'
import { CATALOGUE } from '../answers/catalogue.ts'
import { keyOf, type Question } from '../answers/question.ts'
import { askQuestion } from '../answers/to-prompts.ts'
import { CancelledError } from '../errors.ts'
import { changesOf, conflictsOf } from '../plan/build-plan.ts'
import type { Plan } from '../plan/plan.ts'
import type { Choice } from '../ports/prompts.ts'
import { formatPlanActions, formatPlanTitle } from '../report/plan-view.ts'
import type { Style } from '../report/style.ts'
import type { CommandContext } from './command-context.ts'
import type { Situation } from './resolve-stack.ts'

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

/** More answers than this are chosen by their group first. */
const SHORT_LIST = 12

/** Which of the answers that count shall be another one. */
export async function chooseQuestion(context: CommandContext, resolved: ResolvedAnswers): Promise<Question> {
  const answered = CATALOGUE.filter(({ id }) => resolved.answers[id] !== undefined)
  const open = answered.length <= SHORT_LIST ? answered : await chooseGroup(context, answered)
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

async function chooseGroup(context: CommandContext, answered: readonly Question[]): Promise<readonly Question[]> {
  const groups = [...new Set(answered.map(({ group }) => group))]
  const inGroup = (group: string) => answered.filter((question) => question.group === group)
  const chosen = await context.prompts.select({
    message: 'About what?',
    choices: groups.map((group) => ({ value: group, label: group, hint: inGroup(group).map(keyOf).join(', ') })),
    initial: groups[0] ?? 'Stack',
  })
  return inGroup(chosen)
}

/** The same question, with the answer so far as its suggestion. */
export function askAgain(
  context: CommandContext,
  question: Question,
  resolved: ResolvedAnswers,
  { facts }: Situation,
): Promise<Answers[keyof Answers]> {
  const current = resolved.answers[question.id]
  const suggestion = current === undefined ? undefined : { value: current }
  return askQuestion(question, suggestion, resolved.answers, facts, context.prompts)
}
