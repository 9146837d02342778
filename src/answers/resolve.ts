// In: flags, environment, answers file, existing stack, and somebody to ask. Out: ResolvedAnswers, or all that is wrong at once.
import { closest, distance } from 'fastest-levenshtein'
import { safeParse } from 'valibot'
import { UserError, type Problem } from '../errors.ts'
import { hideLogins } from '../formats/secret-text.ts'
import type { Answers, AnswerSource, ResolvedAnswers } from './answers.ts'
import { CATALOGUE } from './catalogue.ts'
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
 * Throws UserError `answers.wrong` with all problems, each with its flag and variable.
 */
export async function resolveAnswers(sources: AnswerSources, facts: Facts, ask?: Ask): Promise<ResolvedAnswers> {
  const answers: Record<string, AnswerValue> = {}
  const from: Record<string, AnswerSource> = {}
  const problems: Problem[] = strangers(sources)
  for (const question of CATALOGUE) {
    const given = givenFor(question, sources)
    if (question.when !== undefined && !question.when(answers)) {
      problems.push(...complaints(question, given, problems.length > 0, facts))
      continue
    }
    const outcome =
      given === undefined ? await fallback(question, answers, facts, ask) : parseGiven(question, given, answers, facts)
    if ('problem' in outcome) problems.push(outcome.problem)
    else {
      answers[question.id] = outcome.value
      from[question.id] = outcome.source
    }
  }
  if (problems.length > 0) throw wrongAnswers(problems)
  return { answers, sources: from }
}

/** What is wrong with an answer as it was typed, or undefined. */
export function checkAnswer(question: Question, raw: unknown): string | undefined {
  const result = safeParse(question.schema, raw)
  return result.success ? undefined : `${quoted(raw)} ${hideLogins(result.issues[0].message)}`
}

/** The one error that lists everything that is wrong with the answers. */
export function wrongAnswers(problems: readonly Problem[]): UserError {
  const missing = problems.filter((problem) => problem.message.startsWith('missing')).length
  const wrong = problems.length - missing
  const parts = [
    ...(missing > 0 ? [`${missing} ${missing === 1 ? 'answer is' : 'answers are'} missing`] : []),
    ...(wrong > 0
      ? [
          missing > 0
            ? `${wrong} ${wrong === 1 ? 'is' : 'are'} wrong`
            : `${wrong} ${wrong === 1 ? 'answer is' : 'answers are'} wrong`,
        ]
      : []),
  ]
  return new UserError('answers.wrong', `${parts.join(', ')}. Nothing was changed.`, { problems })
}

type Outcome = { readonly value: AnswerValue; readonly source: AnswerSource } | { readonly problem: Problem }

function givenFor(question: Question, sources: AnswerSources): Given | undefined {
  const { flags, prompted, env, file, existing } = sources
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
  if (file !== undefined && filed !== undefined)
    return { raw: filed, source: 'answers file', name: `${key} (${file.where(key)})` }
  const before = existing?.[question.id]
  return before === undefined ? undefined : { raw: before, source: 'existing stack', name: flagOf(question) }
}

function parseGiven(question: Question, given: Given, answers: Partial<Answers>, facts: Facts): Outcome {
  const result = safeParse(question.schema, given.raw)
  const wrong = result.success ? question.conflict?.(result.output, answers) : result.issues[0].message
  if (!result.success || wrong !== undefined)
    return { problem: problemOf(question, `${quoted(given.raw)} ${hideLogins(wrong ?? 'is wrong')}`, given) }
  return { value: normalised(question, result.output, facts), source: given.source }
}

async function fallback(
  question: Question,
  answers: Partial<Answers>,
  facts: Facts,
  ask: Ask | undefined,
): Promise<Outcome> {
  const suggestion = question.default(answers, facts)
  if (ask !== undefined && (question.asks?.(answers) === true || suggestion === undefined)) {
    return { value: normalised(question, await ask(question, suggestion, answers), facts), source: 'prompt' }
  }
  if (suggestion === undefined)
    return { problem: problemOf(question, `missing: ${question.missing?.(facts) ?? question.summary}`, undefined) }
  return { value: suggestion.value, source: 'default' }
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
  const variables = CATALOGUE.map(variableOf)
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
