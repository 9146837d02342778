import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { CATALOGUE } from '../../../src/answers/catalogue.ts'
import { questionsBehind } from '../../../src/commands/questions-behind.ts'

const SOURCES = fileURLToPath(new URL('../../../src', import.meta.url))

/** Every code that is thrown for a database, a store, a certificate or a proxy. */
function codesInSources(): readonly string[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const texts = files.map((name) => readFileSync(join(SOURCES, name), 'utf8')).join('\n')
  return [
    ...new Set(
      [...texts.matchAll(/'((?:database|connection-url|s3|tls|nginx)\.[a-z0-9-]+)'/g)].map(([, code]) => code ?? ''),
    ),
  ]
}

const everything = Object.fromEntries(CATALOGUE.map(({ id }) => [id, 'answered']))

it('leads every fault that is found ahead back to its questions', () => {
  const codes = codesInSources()
  expect(codes.length).toBeGreaterThan(50)
  expect(codes.filter((code) => questionsBehind(code, everything) === undefined)).toEqual([])
})

const ADMIN = 'MLFLOW_SETUP_POSTGRES_ADMIN_URL'

it.each([
  ['database.wrong-password', { questions: ['postgresUser'], secrets: ['PGPASSWORD'] }],
  ['database.role-taken', { questions: ['postgresUser'] }],
  ['database.refused', { questions: ['postgresHost', 'postgresPort'], doubtful: [ADMIN] }],
  ['database.no-right', { questions: ['postgresAdmin'], secrets: [ADMIN] }],
  ['s3.wrong-secret', { secrets: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] }],
  ['s3.bucket-taken', { questions: ['s3Bucket'] }],
  ['tls.other-host', { questions: ['tlsCert'] }],
])('%s', (code, behind) => {
  expect(questionsBehind(code, everything)).toEqual({ questions: [], secrets: [], doubtful: [], ...behind })
})

it('is the login of the administrator where there is one', () => {
  const behind = questionsBehind('database.wrong-password', { ...everything, postgresAdmin: 'url' })
  expect(behind).toEqual({ questions: [], secrets: [ADMIN], doubtful: [] })
})

it('is nothing where the stack has no such answer, or no answer cures it', () => {
  expect(questionsBehind('s3.refused', { scenario: 3 })).toBeUndefined()
  expect(questionsBehind('database.refused', { postgres: 'managed' })).toBeUndefined()
  expect(questionsBehind('files.no-space', everything)).toBeUndefined()
})
