// In: a person at a terminal, and what was found. Out: exit code; they saw the plan and said yes before anything changed.
import type { Program } from '../answers/answers.ts'
import { askQuestion } from '../answers/to-prompts.ts'
import { HalfwayError } from '../errors.ts'
import { formatMachineFound } from '../report/machine-view.ts'
import { formatPicture } from '../report/picture.ts'
import { buildPictureFacts } from '../report/picture-facts.ts'
import { formatList } from '../report/quantities.ts'
import { formatStoreChanges } from '../report/store-changes.ts'
import { makeStyle, type Style } from '../report/style.ts'
import type { CommandContext } from './command-context.ts'
import { finishStack } from './finish-stack.ts'
import { resolveWithPrograms, type Asking } from './install-programs.ts'
import { lookAhead, type TypedSecrets } from './look-ahead.ts'
import type { AnswerOptions } from './options.ts'
import type { PlannedStack } from './plan-stack.ts'
import { buildRepeatCommand } from './repeat-command.ts'
import { runPlan } from './run-plan.ts'
import { askAgain, chooseQuestion, reviewPlan } from './review.ts'
import { inspectSituation, type Prompted, type Situation, type WantedStack } from './resolve-stack.ts'

interface Agreed extends WantedStack {
  readonly situation: Situation
  readonly planned: PlannedStack
  /** The files are written; nothing is installed, started or proven. */
  readonly filesOnly: boolean
}

/** What stays from round to round. */
interface Sitting {
  readonly context: CommandContext
  readonly options: AnswerOptions
  readonly style: Style
  readonly prompted: Prompted
  readonly typed: TypedSecrets
}

/** Asks what is open, shows the plan, asks once, applies, proves. Throws CancelledError when the person stops. */
export async function runRounds(
  context: CommandContext,
  options: AnswerOptions,
  found: Situation,
  prompted: Prompted,
): Promise<number> {
  const style = makeStyle(context.terminal, context.host.home)
  introduce(context, found, style)
  const { stack, resolved, situation, planned, filesOnly } = await agree(
    { context, options, style, prompted, typed: { secrets: {}, refused: new Set() } },
    found,
  )
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
async function agree(sitting: Sitting, found: Situation): Promise<Agreed> {
  const { context, options, style, prompted, typed } = sitting
  let start = found
  for (;;) {
    const asking = askingWith(context, start, prompted)
    const { situation, resolved } = await resolveWithPrograms(context, options, start, asking)
    const ahead = await lookAhead(context, situation, resolved, typed)
    let next = 'planned' in ahead ? [] : ahead.questions
    if ('planned' in ahead) {
      const { wanted, planned } = ahead
      showStack(context, situation, wanted, style)
      const decision = await reviewPlan(context, planned.plan, style)
      if (decision !== 'change') return { ...wanted, situation, planned, filesOnly: decision === 'write' }
      next = [await chooseQuestion(context, resolved)]
    } else context.prompts.note(ahead.lines)
    for (const question of next) prompted[question.id] = await askAgain(context, question, resolved, situation)
    // Another directory may hold another stack, whose answers then count.
    start = await inspectSituation(context, options, prompted)
  }
}

function showStack(context: CommandContext, { existing }: Situation, { stack }: WantedStack, style: Style): void {
  context.prompts.note(formatPicture(buildPictureFacts(stack.spec), style))
  const moved = formatStoreChanges(existing?.spec, stack.spec, style)
  if (moved.length > 0) context.prompts.note(moved)
}

function introduce(context: CommandContext, situation: Situation, style: Style): void {
  context.prompts.note(formatMachineFound(situation.facts.machine, style))
  if (situation.existing === undefined) return
  const { directory, spec } = situation.existing
  context.prompts.note([
    `${style.home(directory)} holds the stack ${spec.name}, scenario ${spec.scenario}. Its answers count unless you change them.`,
  ])
}

const NAMES: Readonly<Record<Program, string>> = {
  python: 'Python 3.10 or newer',
  postgresql: 'PostgreSQL',
  nginx: 'nginx',
  docker: 'Docker with Compose',
}

function askingWith(context: CommandContext, situation: Situation, prompted: Prompted): Asking {
  return {
    async ask(question, suggestion, answers) {
      const value = await askQuestion(question, suggestion, answers, situation.facts, context.prompts)
      prompted[question.id] = value
      return value
    },
    consent: (programs, command) =>
      context.prompts.confirm({
        message: `This stack needs ${formatList(programs.map((program) => NAMES[program]))}. Install with: ${command}?`,
        initial: true,
      }),
  }
}

async function writeFiles(context: CommandContext, { plan, ports }: PlannedStack): Promise<number> {
  const kinds = ['make-directories', 'write-file', 'write-spec', 'write-image-file', 'write-compose-file']
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
