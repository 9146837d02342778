import { readFileSync } from 'node:fs'
import { safeParse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../../src/answers/catalogue.ts'
import { flagOf, keyOf, variableOf } from '../../../src/answers/question.ts'
import { buildAnswersSchema, buildOptions, renderQuestionTable } from '../../../src/answers/to-options.ts'
import { fakeFacts } from '../../fakes/facts.ts'

describe.each(CATALOGUE)('$id', (question) => {
  it('is an option, a variable and a key', () => {
    expect(flagOf(question)).toMatch(/^--[a-z]+(-[a-z]+)*$/)
    expect(variableOf(question)).toBe(`MLFLOW_SETUP_${flagOf(question).slice(2).replaceAll('-', '_').toUpperCase()}`)
    const option = buildOptions().find(({ id }) => id === question.id)
    expect(option?.flags).toBe(`${flagOf(question)} ${question.placeholder}`)
    expect(option?.description).toContain(question.summary)
    expect(Object.keys(buildAnswersSchema()['properties'] ?? {})).toContain(keyOf(question))
  })

  it('has a row in the README', () => {
    expect(renderQuestionTable()).toContain(`| \`${flagOf(question)}\` | \`${variableOf(question)}\` |`)
  })

  it('takes its own default and its own choices', () => {
    const suggestion = question.default({ scenario: 3, dir: '/srv/mlflow' }, fakeFacts())?.value
    const options = question.options?.({ scenario: 3 }, fakeFacts()).map(({ value }) => value) ?? []
    const values = [suggestion, ...(question.choices ?? []), ...options]
    expect(values.filter((value) => !safeParse(question.schema, value).success)).toEqual([])
  })

  it('says why an answer is wrong', () => {
    const result = safeParse(question.schema, { not: 'an answer' })
    expect(result.success).toBe(false)
    expect(result.issues?.[0].message).toMatch(/^(is|has|must|needs|wants) /)
  })
})

it('names no question twice', () => {
  expect(new Set(CATALOGUE.map(({ id }) => id)).size).toBe(CATALOGUE.length)
})

// Written by this test with `vitest -u`; they ship inside the package.
it('gives the schema of an answers file', async () => {
  await expect(`${JSON.stringify(buildAnswersSchema(), null, 2)}\n`).toMatchFileSnapshot(
    '../../../templates/schemas/answers.schema.json',
  )
})

it('gives the table of the README', () => {
  expect(readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')).toContain(renderQuestionTable())
})
