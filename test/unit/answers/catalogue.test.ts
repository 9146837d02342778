import { readFileSync } from 'node:fs'
import { safeParse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../../src/answers/catalogue.ts'
import { flagOf, keyOf, variableOf } from '../../../src/answers/question.ts'
import { buildAnswersSchema, buildOptions, renderQuestionTable } from '../../../src/answers/to-options.ts'
import { fakeFacts, TEAM_MACHINE } from '../../fakes/facts.ts'

describe.each(CATALOGUE)('$id', (question) => {
  it('is an option, a variable and a key', () => {
    expect(flagOf(question)).toMatch(/^--[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/)
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
    const suggestion = question.default({ scenario: 5, dir: '/srv/mlflow' }, fakeFacts(TEAM_MACHINE))?.value
    const options = (question.options?.({ scenario: 5 }, fakeFacts()) ?? []).map(({ value }) => value)
    const values = [...(suggestion === undefined ? [] : [suggestion]), ...(question.choices ?? []), ...options]
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

// Written by this test with `vitest -u`: the README holds a copy of the table.
it('gives the table of the README', async () => {
  const path = '../../../README.md'
  const text = readFileSync(new URL(path, import.meta.url), 'utf8')
  const table = /\| flag \| variable \|[^\n]*\n(?:\|[^\n]*\n)*/
  expect(text).toMatch(table)
  await expect(text.replace(table, () => `${renderQuestionTable()}\n`)).toMatchFileSnapshot(path)
})
