// In: flags, environment, answers file, existing stack, and somebody to ask. Out: ResolvedAnswers, or all that is wrong at once.
import { closest, distance } from 'fastest-levenshtein'
import { safeParse } from 'valibot'
import { UserError, type Problem } from '../errors.ts'
import { hideLogins } from '../formats/secret-text.ts'
import type { Answers, AnswerSource, Program, ResolvedAnswers } from './answers.ts'
import { CATALOGUE } from './catalogue.ts'
import { installCommand } from './machine/system-packages.ts'
import { missingSecrets, SECRET_VARIABLES } from './secret-questions.ts'
import { flagOf, keyOf, variableOf, type AnswerValue, type Default, type Facts, type Question } from './question.ts'

/** Where answers come from, strongest first. Flags, prompted answers and existing ones go by id, the file's by key. */
export interface AnswerSources {
  readonly flags: Readonly<Partial<Record<keyof Answers, unknown>>>
  readonly prompted: Readonly<Partial<Record<keyof Answers, unknown>>>
  readonly env: Readonly<Record<string, string>>
  /** `where` names the line of a key: `answers.yaml:3`. */
  readonly file: { readonly answers: Readonly<Record<string, unknown>>; where(key: string): string } | undefined
  readonly existing: Partial<Answers> | undefined
}

/** Asks one question in the terminal and returns a valid answer. */
export type Ask = (
  question: Question,
  suggestion: Default<AnswerValue> | undefined,
  answers: Partial<Answers>,
) => Promise<AnswerValue>

interface Given {
  readonly raw: unknown
  readonly source: AnswerSource
  /** How the user wrote it: `--scenario`, `MLFLOW_SETUP_SCENARIO`, `answers.yaml:3`. */
  readonly name: string
}

/**
 * Goes through the catalogue once. Without `ask` the defaults count, and every missing or wrong answer is collected.
 * Programs that are missing and may be installed are left open, also those that an answer takes.
 * Throws UserError `answers.wrong` with all problems, each with its flag and variable.
 */
export async function resolveAnswers(sources: AnswerSources, known: Facts, ask?: Ask): Promise<ResolvedAnswers> {
  const facts: Facts = { ...known, given: givenAnswers(sources) }
  const answers: Record<string, AnswerValue> = {}
  const from: Record<string, AnswerSource> = {}
  const open: Program[] = []
  const problems: Problem[] = strangers(sources)
  for (const question of CATALOGUE) {
    const given = givenFor(question, sources, answers, facts)
    if (question.when !== undefined && !question.when(answers)) {
      problems.push(...complaints(question, given, problems.length > 0, facts))
      continue
    }
    const outcome = await answerTo(question, given, { answers, facts, ask })
    if ('problem' in outcome) problems.push(outcome.problem)
    else if ('open' in outcome) open.push(outcome.open)
    else {
      answers[question.id] = outcome.value
      from[question.id] = outcome.source
      open.push(...lackingFor(question, outcome.value, facts))
    }
  }
  if (ask === undefined) problems.push(...missingSecrets(answers, facts))
  if (problems.length > 0) throw wrongAnswers(problems)
  return { answers, sources: from, open }
}

/** What is wrong with an answer as it was typed, also beside the earlier ones; or undefined. */
export function checkAnswer(question: Question, raw: unknown, answers: Partial<Answers>): string | undefined {
  const wrong = whyWrong(question, raw, answers)
  return wrong === undefined ? undefined : `${quoted(raw)} ${hideLogins(wrong)}`
}

function whyWrong(question: Question, raw: unknown, answers: Partial<Answers>): string | undefined {
  const result = safeParse(question.schema, raw)
  return result.success ? question.conflict?.(result.output, answers) : result.issues[0].message
}

/** The one error that lists everything that is wrong with the answers. */
export function wrongAnswers(problems: readonly Problem[]): UserError {
  const missing = problems.filter((problem) => problem.message.startsWith('missing')).length
  const counts = [
    { count: missing, how: 'missing' },
    { count: problems.length - missing, how: 'wrong' },
  ].filter(({ count }) => count > 0)
  // `2 answers are missing, 1 is wrong`: what is counted is said once.
  const parts = counts.map(({ count, how }, at) => {
    const noun = count === 1 ? ' answer' : ' answers'
    return `${count}${at === 0 ? noun : ''} ${count === 1 ? 'is' : 'are'} ${how}`
  })
  return new UserError('answers.wrong', `${parts.join(', ')}. Nothing was changed.`, { problems })
}

type Outcome =
  | { readonly value: AnswerValue; readonly source: AnswerSource }
  | { readonly problem: Problem }
  | { readonly open: Program }

interface Round {
  readonly answers: Partial<Answers>
  readonly facts: Facts
  readonly ask: Ask | undefined
}

function answerTo(question: Question, given: Given | undefined, round: Round): Outcome | Promise<Outcome> {
  const { answers, facts } = round
  // What was right with other answers, earlier or in another round of the wizard, is asked again or derived anew.
  const stale = given !== undefined && (given.source === 'existing stack' || given.source === 'prompt')
  if (given === undefined || (stale && whyWrong(question, given.raw, answers) !== undefined))
    return fallback(question, round)
  const outcome = parseGiven(question, given, answers, facts)
  const said = question.saidBefore?.(answers)
  if (said === undefined || given.source === 'prompt' || !('value' in outcome) || outcome.value === said.value)
    return outcome
  return given.source === 'existing stack'
    ? fallback(question, round)
    : {
        problem: problemOf(
          question,
          `${quoted(given.raw)} is not what ${said.flag} says, which is ${said.value}`,
          given,
        ),
      }
}

/** Where it may not be installed, preflight tells. */
function lackingFor(question: Question, value: AnswerValue, facts: Facts): readonly Program[] {
  const program = question.lacks?.(value, facts)
  return program !== undefined && facts.installable.includes(program) ? [program] : []
}

function givenAnswers(sources: AnswerSources): Facts['given'] {
  return Object.fromEntries(
    CATALOGUE.flatMap((question) => {
      const said = saidFor(question, sources)
      return said === undefined ? [] : [[question.id, said.raw]]
    }),
  )
}

function givenFor(
  question: Question,
  sources: AnswerSources,
  answers: Partial<Answers>,
  facts: Facts,
): Given | undefined {
  const said = saidFor(question, sources)
  if (said !== undefined) return said
  const implied = question.implied?.(facts)
  if (implied !== undefined) return { raw: implied, source: 'implied', name: flagOf(question) }
  const { existing } = sources
  const before = existing?.[question.id]
  if (existing === undefined || before === undefined || question.outdated?.(answers, existing) === true)
    return undefined
  return { raw: before, source: 'existing stack', name: flagOf(question) }
}

/** What the user says now. */
function saidFor(question: Question, { flags, prompted, env, file }: AnswerSources): Given | undefined {
  const prompt = prompted[question.id]
  if (prompt !== undefined) return { raw: prompt, source: 'prompt', name: flagOf(question) }
  const flag = flags[question.id]
  if (flag !== undefined) return { raw: flag, source: 'flag', name: flagOf(question) }
  const variable = env[variableOf(question)]
  if (variable !== undefined && variable !== '') {
    return { raw: variable, source: 'environment', name: variableOf(question) }
  }
  const key = keyOf(question)
  const filed = file?.answers[key]
  if (file === undefined || filed === undefined) return undefined
  return { raw: filed, source: 'answers file', name: `${key} (${file.where(key)})` }
}

function parseGiven(question: Question, given: Given, answers: Partial<Answers>, facts: Facts): Outcome {
  const wrong = whyWrong(question, given.raw, answers)
  const result = safeParse(question.schema, given.raw)
  if (!result.success || wrong !== undefined)
    return { problem: problemOf(question, `${quoted(given.raw)} ${hideLogins(wrong ?? 'is wrong')}`, given) }
  return { value: normalised(question, result.output, facts), source: given.source }
}

async function fallback(question: Question, { answers, facts, ask }: Round): Promise<Outcome> {
  const suggestion = question.default(answers, facts)
  const { program } = question
  if (suggestion === undefined && program !== undefined && facts.installable.includes(program)) return { open: program }
  if (ask !== undefined && (question.asks?.(answers, facts) === true || suggestion === undefined)) {
    return { value: normalised(question, await ask(question, suggestion, answers), facts), source: 'prompt' }
  }
  if (suggestion === undefined) return { problem: missing(question, answers, facts) }
  return { value: suggestion.value, source: 'default' }
}

function missing(question: Question, answers: Partial<Answers>, facts: Facts): Problem {
  const what = question.missing?.(facts, answers) ?? question.summary
  const { systemPackages } = facts.machine
  const { program } = question
  const cure =
    program === undefined || systemPackages?.packages[program] === undefined
      ? ''
      : `; install it with: ${installCommand(systemPackages, [program]).join(' ')}, or let --install-packages yes do it`
  return problemOf(question, `missing: ${what}${cure}`, undefined)
}

function normalised(question: Question, value: AnswerValue, facts: Facts): AnswerValue {
  return question.normalise === undefined ? value : question.normalise(value, facts)
}

function problemOf(question: Question, message: string, given: Given | undefined): Problem {
  const name = given?.name ?? flagOf(question)
  return name === variableOf(question)
    ? { name: flagOf(question), message, variable: name }
    : { name, message, variable: variableOf(question) }
}

/**
 * What to say of an answer to a question that does not apply. Where an earlier answer is wrong, nobody knows whether it
 * applies: then only its own form counts.
 */
function complaints(question: Question, given: Given | undefined, uncertain: boolean, facts: Facts): Problem[] {
  if (given === undefined || (given.source !== 'flag' && given.source !== 'answers file')) return []
  if (!uncertain) return [problemOf(question, question.whenNot ?? 'does not apply', given)]
  const outcome = parseGiven(question, given, {}, facts)
  return 'problem' in outcome ? [outcome.problem] : []
}

/** Keys of the answers file and variables that nobody asks for, with the name that was probably meant. */
function strangers(sources: AnswerSources): Problem[] {
  const keys = CATALOGUE.map(keyOf)
  const variables = [...CATALOGUE.map(variableOf), ...SECRET_VARIABLES]
  const fromFile = Object.keys(sources.file?.answers ?? {})
    .filter((key) => !keys.includes(key))
    .map((key) => ({
      name: `${key} (${sources.file?.where(key) ?? ''})`,
      message: `is not a known key; did you mean ${closest(key, keys)}?`,
    }))
  const fromEnvironment = Object.keys(sources.env)
    .filter((variable) => variable.startsWith('MLFLOW_SETUP_') && !variables.includes(variable))
    .map((variable) => ({ variable, meant: closest(variable, variables) }))
    .filter(({ variable, meant }) => distance(variable, meant) <= 2)
    .map(({ variable, meant }) => ({ name: variable, message: `is not a known variable; did you mean ${meant}?` }))
  return [...fromFile, ...fromEnvironment]
}

function quoted(raw: unknown): string {
  return hideLogins(JSON.stringify(raw) ?? String(raw))
}
