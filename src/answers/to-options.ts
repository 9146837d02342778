// In: the catalogue. Out: command line options, the JSON schema of an answers file, and the README's table.
import { CATALOGUE } from './catalogue.ts'
import { flagOf, keyOf, variableOf, type Question } from './question.ts'

export interface CommandLineOption {
  readonly id: Question['id']
  /** `--public-url <url>` */
  readonly flags: string
  readonly description: string
  readonly group: Question['group']
}

/** One option a question, in the order of the catalogue. */
export function buildOptions(): readonly CommandLineOption[] {
  return CATALOGUE.map((question) => ({
    id: question.id,
    flags: `${flagOf(question)} ${question.placeholder}`,
    description: `${question.summary} (default: ${question.defaultInWords.replaceAll('`', '')})`,
    group: question.group,
  }))
}

/** The Markdown table of all questions for the README. */
export function renderQuestionTable(): string {
  const rows = CATALOGUE.map(
    (question) =>
      `| \`${flagOf(question)}\` | \`${variableOf(question)}\` | ${question.summary} | ${question.defaultInWords} |`,
  )
  return ['| flag | variable | what it decides | default |', '|---|---|---|---|', ...rows].join('\n')
}

/** JSON Schema (2020-12) of an answers file. */
export function buildAnswersSchema(): Record<string, unknown> {
  const properties = Object.fromEntries(CATALOGUE.map((question) => [keyOf(question), schemaOf(question)]))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Answers for mlflow-setup --answers',
    type: 'object',
    additionalProperties: false,
    properties,
  }
}

/** Editors check kind and choices with it; `resolveAnswers` checks everything. */
function schemaOf(question: Question): Record<string, unknown> {
  return {
    description: `${question.summary}. Default: ${question.defaultInWords.replaceAll('`', '')}.`,
    ...(question.choices === undefined
      ? { type: question.kind === 'integer' ? 'integer' : 'string' }
      : { enum: question.choices }),
  }
}
