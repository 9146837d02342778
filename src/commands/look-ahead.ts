// In: complete answers of a person at a terminal. Out: the plan that they lead to, or what stands in the way and which questions it is about.
import { CATALOGUE } from '../answers/catalogue.ts'
import type { ResolvedAnswers } from '../answers/answers.ts'
import type { Question } from '../answers/question.ts'
import { openSecrets, sourceOf } from '../answers/secret-questions.ts'
import { ExternalError, UserError } from '../errors.ts'
import { checkPreflight } from '../plan/preflight/check-preflight.ts'
import { formatError } from '../report/error-view.ts'
import { makeStyle } from '../report/style.ts'
import type { Secret } from '../secret.ts'
import type { CommandContext } from './command-context.ts'
import { whyUnfit } from './given-secrets.ts'
import { planStack, type PlannedStack } from './plan-stack.ts'
import { questionsBehind } from './questions-behind.ts'
import { wantStack, type Situation, type WantedStack } from './resolve-stack.ts'
import { settleStore } from './settle-store.ts'
import { withProgress } from './with-progress.ts'

/** The bar beside the lines of the wizard. */
const GUIDE_COLUMNS = 3

const PATIENCE_MS = 700
const SIGN = 'look-ahead'

/** By their names in `.env`. */
export interface TypedSecrets {
  readonly secrets: Record<string, Secret>
  /** Typed or not: they are asked for when it is their turn again. */
  readonly refused: Set<string>
}

export interface Obstacle {
  readonly lines: readonly string[]
  /** The questions whose answers would take it away; none: a secret, which is asked for again by itself. */
  readonly questions: readonly Question[]
}

type Ahead = { readonly wanted: WantedStack; readonly planned: PlannedStack } | Obstacle

/** Asks for the secrets that are open, and looks at everything. Throws CancelledError, and errors that no answer cures. */
export async function lookAhead(
  context: CommandContext,
  situation: Situation,
  resolved: ResolvedAnswers,
  typed: TypedSecrets,
): Promise<Ahead> {
  await askSecrets(context, situation, resolved, typed)
  try {
    return await withSign(context, () => look(context, situation, resolved, typed))
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ExternalError)) throw error
    return obstacleOf(error, context, resolved, typed)
  }
}

async function look(
  context: CommandContext,
  situation: Situation,
  resolved: ResolvedAnswers,
  typed: TypedSecrets,
): Promise<Ahead> {
  const wanted = await settleStore(context, await wantStack(context, situation, resolved, typed.secrets))
  const problems = await checkPreflight(wanted.stack, situation.facts.machine, context, context.signal)
  const [first] = problems
  if (first !== undefined)
    return { lines: problems.map(({ message }) => message), questions: [requireQuestion(first.question)] }
  return { wanted, planned: await planStack(context, wanted.stack, { given: wanted.given }) }
}

/** Says that something happens, where it takes so long that one wonders: a server that never answers takes ten seconds. */
function withSign<T>(context: CommandContext, work: () => Promise<T>): Promise<T> {
  const over = new AbortController()
  return withProgress(context, async (progress) => {
    void context.clock.sleep(PATIENCE_MS, over.signal).then(
      () => {
        progress.start(SIGN, 'look ahead')
        progress.update(SIGN, 'at this machine and at the servers')
      },
      () => undefined,
    )
    try {
      return await work()
    } finally {
      over.abort()
      progress.finish(SIGN)
    }
  })
}

async function askSecrets(
  context: CommandContext,
  { facts }: Situation,
  { answers }: ResolvedAnswers,
  { secrets, refused }: TypedSecrets,
): Promise<void> {
  for (const question of openSecrets(answers, [...facts.secrets, ...Object.keys(secrets)], refused)) {
    const secret = await context.prompts.secret({
      message: question.ask,
      validate: (value) => {
        const fault = whyUnfit(question, value, answers)
        return fault === undefined ? undefined : `It ${fault}.`
      },
    })
    if (secret !== undefined) secrets[question.name] = secret
    refused.delete(question.name)
  }
}

/** Throws the error when no answer cures it. */
function obstacleOf(
  error: UserError | ExternalError,
  { terminal, host }: CommandContext,
  { answers }: ResolvedAnswers,
  typed: TypedSecrets,
): Obstacle {
  const behind = questionsBehind(error.code, answers)
  if (behind === undefined) throw error
  const { questions, secrets, doubtful } = behind
  const wrong = [...secrets, ...doubtful.filter((name) => typed.secrets[name] !== undefined)]
  const sources = wrong.map((name) => sourceOf(name, answers)).filter((source) => source !== undefined)
  for (const name of wrong) {
    delete typed.secrets[name]
    if (sourceOf(name, answers) === undefined) typed.refused.add(name)
  }
  const style = makeStyle(terminal, host.home)
  const lines = formatError(error, { ...style, columns: style.columns - GUIDE_COLUMNS }, { debug: false })
  return { lines, questions: [...new Set([...questions, ...sources])].map(requireQuestion) }
}

function requireQuestion(id: Question['id']): Question {
  const question = CATALOGUE.find((one) => one.id === id)
  if (question === undefined) throw new Error(`nobody asks for ${id}`)
  return question
}
