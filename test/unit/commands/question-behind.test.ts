import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { CATALOGUE } from '../../../src/answers/catalogue.ts'
import { questionBehind } from '../../../src/commands/question-behind.ts'

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

it('leads every fault that is found ahead back to a question', () => {
  const codes = codesInSources()
  expect(codes.length).toBeGreaterThan(50)
  expect(codes.filter((code) => questionBehind(code, everything) === undefined)).toEqual([])
})

it.each([
  ['database.wrong-password', 'postgresUser', ['PGPASSWORD', 'MLFLOW_SETUP_POSTGRES_ADMIN_URL']],
  ['database.refused', 'postgresHost', []],
  ['s3.wrong-secret', 'awsProfile', ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']],
  ['s3.bucket-taken', 's3Bucket', []],
  ['tls.other-host', 'tlsCert', []],
])('%s → %s', (code, question, secrets) => {
  expect(questionBehind(code, everything)).toEqual({ question, secrets })
})

it('is nothing where the stack has no such answer, or no answer cures it', () => {
  expect(questionBehind('s3.refused', { scenario: 3 })).toBeUndefined()
  expect(questionBehind('files.no-space', everything)).toBeUndefined()
})
