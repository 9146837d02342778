import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeDatabases } from '../../src/ports/databases.ts'
import { need } from '../testbed/need.ts'
import { postgresPrograms, startPostgres, type PostgresServerUnderTest } from '../testbed/postgres-server.ts'

const options = { timeoutMs: 5000, signal: new AbortController().signal }
let server: PostgresServerUnderTest | undefined

beforeAll(async () => {
  const programs = await postgresPrograms(15)
  if (programs !== undefined) server = await startPostgres(programs)
})
afterAll(async () => server?.stop())

it('gives values as text', async (context) => {
  const { login } = need(context, server, 'PostgreSQL 15')
  const session = await makeDatabases().connect(login(), options)
  expect(await session.query('select $1::text as name, 1 as one, true as yes, null as nothing', [`o'd"d`])).toEqual([
    { name: `o'd"d`, one: '1', yes: 't', nothing: null },
  ])
  await session.end()
})

it('goes through the socket as another user', async (context) => {
  const { query } = need(context, server, 'PostgreSQL 15')
  expect(await query('select session_user as who')).toEqual([{ who: 'postgres' }])
})
