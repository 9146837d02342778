import { assert, asyncProperty, constantFrom, oneof, string, tuple } from 'fast-check'
import { expect, it } from 'vitest'
import { CATALOGUE } from '../../../src/answers/catalogue.ts'
import { resolveAnswers } from '../../../src/answers/resolve.ts'
import { UserError } from '../../../src/errors.ts'
import { answersFromStack, stackFromAnswers } from '../../../src/stack/from-answers.ts'
import { parseSpec } from '../../../src/stack/spec-file.ts'
import { renderSpec } from '../../../src/stack/write-spec.ts'
import { fakeFacts, TEAM_MACHINE } from '../../fakes/facts.ts'

const FACTS = fakeFacts(TEAM_MACHINE, {
  secrets: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'MLFLOW_SETUP_POSTGRES_PASSWORD'],
})

/** Words of the questions, with what people and their clipboards add. */
const PIECES = constantFrom(
  ...`http:// https:// s3:// postgresql:// sqlite:/// ml.example bucket 10.0.0.0/8 ::1 [::1] all none system ü 漢
    ~ ~/ / ./ .. : :5000 @ ? # % $ ; { " ' \\ , . - _ A a 0 65536 ${'x'.repeat(70)}`.split(/\s+/),
  ' ',
  '\n',
  '\t',
  '\0',
)
const TEXTS = oneof(
  string({ unit: 'grapheme', maxLength: 12 }),
  tuple(PIECES, PIECES, PIECES).map((pieces) => pieces.join('')),
  tuple(PIECES, PIECES).map((pieces) => pieces.join('')),
)
const QUESTIONS = constantFrom(...CATALOGUE.filter(({ choices }) => choices === undefined).map(({ id }) => id))

async function check(id: string, text: string): Promise<void> {
  const sources = { flags: { scenario: '5', [id]: text }, prompted: {}, env: {}, file: undefined, existing: undefined }
  try {
    const stack = stackFromAnswers((await resolveAnswers(sources, FACTS)).answers, undefined)
    expect(parseSpec(renderSpec(stack.spec, undefined), 'f')).toEqual(stack.spec)
    expect(stackFromAnswers(answersFromStack(stack), stack.spec)).toEqual(stack)
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'answers.wrong') throw error
  }
}

it('whatever is typed is refused in words, or is a stack that its file describes', async () => {
  await assert(asyncProperty(QUESTIONS, TEXTS, check), { numRuns: 400 })
})

it.each(['./s3://http://', './s3', 's3:/x', './postgres:x'])(
  'a folder is not taken for an address: %s',
  async (path) => {
    await expect(check('artifactStore', path)).resolves.toBeUndefined()
  },
)
