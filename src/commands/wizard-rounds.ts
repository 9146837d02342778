// In: a person at a terminal, and what was found. Out: exit code; they saw the plan and said yes before anything changed.
import type { Ask } from '../answers/resolve.ts'
import { askQuestion } from '../answers/to-prompts.ts'
import { HalfwayError } from '../errors.ts'
import { checkPreflight } from '../plan/preflight.ts'
import { formatMachineFound } from '../report/machine-view.ts'
import { formatPicture } from '../report/picture.ts'
import { buildPictureFacts } from '../report/picture-facts.ts'
import { makeStyle, type Style } from '../report/style.ts'
import type { CommandContext } from './command-context.ts'
import { finishStack } from './finish-stack.ts'
import { installMissingPython } from './install-python.ts'
import type { AnswerOptions } from './options.ts'
import { planStack, type PlannedStack } from './plan-stack.ts'
import { buildRepeatCommand } from './repeat-command.ts'
import { runPlan } from './run-plan.ts'
import { askAgain, chooseQuestion, questionInTheWay, reviewPlan } from './review.ts'
import { inspectSituation, resolveStack, type Prompted, type Situation, type WantedStack } from './resolve-stack.ts'

interface Agreed extends WantedStack {
  readonly situation: Situation
  readonly planned: PlannedStack
  /** The files are written; nothing is installed, started or proven. */
  readonly filesOnly: boolean
}

/** Asks what is open, shows the plan, asks once, applies, proves. Throws CancelledError when the person stops. */
export async function runRounds(
  context: CommandContext,
  options: AnswerOptions,
  found: Situation,
  prompted: Prompted,
): Promise<number> {
  const style = makeStyle(context.terminal, context.host.home)
  const { stack, resolved, situation, planned, filesOnly } = await agree(context, options, found, prompted, style)
  if (filesOnly) return writeFiles(context, planned)
  return finishStack(context, {
    stack,
    planned,
    testClient: resolved.answers.testClient ?? 'rest',
    again: buildRepeatCommand(resolved, situation.facts),
    json: false,
    begin: context.clock.monotonic(),
  })
}

/** Round after round until the person agrees with a plan. */
async function agree(
  context: CommandContext,
  options: AnswerOptions,
  found: Situation,
  prompted: Prompted,
  style: Style,
): Promise<Agreed> {
  const consent = (command: string) =>
    context.prompts.confirm({
      message: `MLflow needs Python 3.10 or newer. Install it with: ${command}?`,
      initial: true,
    })
  introduce(context, found, style)
  let situation = await installMissingPython(context, options, found, consent)
  for (;;) {
    const wanted = await resolveStack(situation, askWith(context, situation, prompted))
    const problems = await checkPreflight(wanted.stack, situation.facts.machine, context, context.signal)
    const planned = await planStack(context, wanted.stack)
    context.prompts.note(formatPicture(buildPictureFacts(wanted.stack.spec), style))
    const decision =
      problems.length > 0 ? questionInTheWay(context, problems) : await reviewPlan(context, planned.plan, style)
    if (decision === 'apply' || decision === 'write')
      return { ...wanted, situation, planned, filesOnly: decision === 'write' }
    const question = typeof decision === 'object' ? decision : await chooseQuestion(context, wanted)
    prompted[question.id] = await askAgain(context, question, wanted, situation)
    // Another directory may hold another stack, whose answers then count.
    situation = await inspectSituation(context, options, prompted)
  }
}

function introduce(context: CommandContext, situation: Situation, style: Style): void {
  context.prompts.note(formatMachineFound(situation.facts.machine, style))
  if (situation.existing === undefined) return
  const { directory, spec } = situation.existing
  context.prompts.note([
    `${style.home(directory)} holds the stack ${spec.name}, scenario ${spec.scenario}. Its answers count unless you change them.`,
  ])
}

function askWith(context: CommandContext, situation: Situation, prompted: Prompted): Ask {
  return async (question, suggestion, answers) => {
    const value = await askQuestion(question, suggestion, answers, situation.facts, context.prompts)
    prompted[question.id] = value
    return value
  }
}

async function writeFiles(context: CommandContext, { plan, ports }: PlannedStack): Promise<number> {
  const kinds = ['make-directories', 'write-file', 'write-spec']
  const files = { ...plan, actions: plan.actions.filter(({ action }) => kinds.includes(action.kind)) }
  const { failure, done } = await runPlan(context, { plan: files, ports })
  if (failure !== undefined)
    throw new HalfwayError(
      failure.error,
      done.map(({ action }) => action.title),
    )
  context.prompts.outro('The files are written. Install and start with: mlflow-setup apply')
  return 0
}
