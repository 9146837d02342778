// In: a question and the terminal's prompts. Out: a valid answer.
import { safeParse } from 'valibot'
import type { Prompts } from '../ports/prompts.ts'
import type { Answers } from './answers.ts'
import type { AnswerValue, Default, Facts, Question } from './question.ts'
import { checkAnswer } from './resolve.ts'

/**
 * Asks one question: a choice where the values are known, else a line of text that is checked while it is typed.
 * Throws CancelledError.
 */
export async function askQuestion(
  question: Question,
  suggestion: Default<AnswerValue> | undefined,
  answers: Partial<Answers>,
  facts: Facts,
  prompts: Prompts,
): Promise<AnswerValue> {
  const initial = suggestion === undefined ? '' : String(suggestion.value)
  const message = suggestion?.why === undefined ? question.ask : `${question.ask} (${suggestion.why})`
  const options = question.options?.(answers, facts)
  const raw =
    options === undefined
      ? await prompts.text({ message, initial, validate: (value) => checkAnswer(question, value, answers) })
      : await prompts.select({ message: question.ask, choices: options, initial })
  const result = safeParse(question.schema, raw)
  if (!result.success) throw new Error(`${question.id}: the prompt let a wrong answer through`)
  return result.output
}
