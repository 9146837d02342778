// In: the options of a command. Out: the stack that the user wants, and where each answer came from.
import { resolve } from 'node:path'
import { parseAnswersFile } from '../answers/answers-file.ts'
import { expandHome } from '../answers/expand-home.ts'
import type { Answers, ResolvedAnswers } from '../answers/answers.ts'
import { inspectMachine } from '../answers/inspect-machine.ts'
import type { Facts } from '../answers/question.ts'
import { resolveAnswers, type AnswerSources, type Ask } from '../answers/resolve.ts'
import { UserError } from '../errors.ts'
import { answersFromStack, stackFromAnswers } from '../stack/from-answers.ts'
import type { Stack } from '../stack/spec.ts'
import type { CommandContext } from './command-context.ts'
import { findStackDirectory } from './find-stack-directory.ts'
import { readStack } from './find-stack.ts'
import type { AnswerOptions } from './options.ts'

/** Everything that is known before the first question. */
export interface Situation {
  readonly facts: Facts
  readonly sources: AnswerSources
  /** The stack that is there already. */
  readonly existing: Stack | undefined
}

/** What the person at the terminal said so far, as typed; more is added while they answer. */
export type Prompted = Partial<Record<keyof Answers, unknown>>

export interface WantedStack {
  readonly stack: Stack
  readonly resolved: ResolvedAnswers
}

/** Looks at machine, answers file and existing stack, side by side. Throws UserError for a broken file. */
export async function inspectSituation(
  context: CommandContext,
  options: AnswerOptions,
  prompted: AnswerSources['prompted'] = {},
): Promise<Situation> {
  const machineSought = inspectMachine(context, context.signal)
  const file = options.answers === undefined ? undefined : await readAnswers(context, options.answers)
  const dirInFile = file?.answers['dir']
  const hints = [prompted.dir, options.flags.dir, context.env['MLFLOW_SETUP_DIR'], dirInFile]
  const directory = await findStackDirectory(
    context,
    hints.map((hint) => (typeof hint === 'string' ? hint : undefined)),
  )
  const existing = directory === undefined ? undefined : await readStack(context, directory)
  const machine = await machineSought
  const facts: Facts = { machine, home: context.host.home, cwd: context.cwd }
  const found = existing === undefined ? undefined : answersFromStack(existing)
  return { facts, existing, sources: { flags: options.flags, prompted, env: context.env, file, existing: found } }
}

/** Throws UserError `answers.wrong` with all that is missing or wrong, or CancelledError. */
export async function resolveStack(situation: Situation, ask?: Ask): Promise<WantedStack> {
  const resolved = await resolveAnswers(situation.sources, situation.facts, ask)
  return { stack: stackFromAnswers(resolved.answers, situation.existing?.spec), resolved }
}

/** Whether anything but the existing stack says what is wanted. */
export function isAnswered(options: AnswerOptions): boolean {
  const asked: (keyof Answers)[] = Object.keys(options.flags).filter(
    (id): id is keyof Answers => id !== 'dir' && id in options.flags,
  )
  return asked.length > 0 || options.answers !== undefined
}

async function readAnswers(context: CommandContext, path: string): Promise<NonNullable<AnswerSources['file']>> {
  const text = await context.files.readText(resolve(context.cwd, expandHome(path, context.host.home)))
  if (text !== undefined) return parseAnswersFile(text, path)
  throw new UserError('answers-file.none', `There is no answers file ${path}.`, {
    hint: { text: 'Check the path after --answers.' },
  })
}
