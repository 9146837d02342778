import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { createDatabase } from '../../src/actions/create-database.ts'
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import { Secret } from '../../src/secret.ts'
import type { CreateDatabaseInput } from '../../src/targets/action.ts'
import { need } from '../testbed/need.ts'
import {
  postgresPrograms,
  startPostgres,
  type PostgresMajor,
  type PostgresServerUnderTest,
} from '../testbed/postgres-server.ts'
import { realPorts } from '../testbed/services.ts'

const run = promisify(execFile)
const { signal } = new AbortController()
const PASSWORD = 'p4ssword_of_the_role'

function portsWith(server: PostgresServerUnderTest, password = PASSWORD, url?: string): ActionPorts {
  const admin = `postgresql://postgres:${server.password.reveal()}@127.0.0.1:${server.port}/postgres`
  const secrets = { PGPASSWORD: new Secret(password), MLFLOW_SETUP_POSTGRES_ADMIN_URL: new Secret(url ?? admin) }
  return { ...realPorts(), secrets }
}

function inputOf(server: PostgresServerUnderTest, changes: Partial<CreateDatabaseInput> = {}): CreateDatabaseInput {
  return {
    server: { host: '127.0.0.1', port: server.port, sslMode: 'prefer' },
    managed: false,
    user: 'mlflow',
    databases: ['mlflow'],
    admin: { kind: 'url' },
    connections: 43,
    mlflowVersion: '3.17.2',
    ...changes,
  }
}

/** Both names are new to the server. */
function named(name: string, server: PostgresServerUnderTest, changes: Partial<CreateDatabaseInput> = {}) {
  return inputOf(server, { user: name, databases: [name], ...changes })
}

const look = (input: CreateDatabaseInput, ports: ActionPorts) => createDatabase.inspect(input, ports, signal)
const make = (input: CreateDatabaseInput, ports: ActionPorts) => createDatabase.apply(input, ports, () => {}, signal)

const CLUSTERS: readonly (readonly [PostgresMajor, string, readonly string[]])[] = [
  [13, 'a C locale without an encoding', ['--locale=C', '--encoding=SQL_ASCII']],
  [15, 'C.UTF-8', ['--locale=C.UTF-8', '--encoding=UTF8']],
  [
    17,
    'its built-in locale',
    ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--encoding=UTF8'],
  ],
  [18, 'ICU and Latin 1', ['--locale-provider=icu', '--icu-locale=de', '--locale=C', '--encoding=LATIN1']],
]

describe.each(CLUSTERS)('PostgreSQL %i with %s', (major, _locale, initdb) => {
  let found: PostgresServerUnderTest | undefined
  beforeAll(async () => {
    if ((await postgresPrograms(major)) !== undefined) found = await startPostgres({ major, initdb })
  })
  afterAll(async () => found?.stop())
  const serverOf = (context: TestContext) => need(context, found, `PostgreSQL ${major}`)

  it('makes role and databases once, and nobody else comes in', async (context) => {
    const server = serverOf(context)
    const [input, ports] = [inputOf(server, { databases: ['mlflow', 'mlflow_auth'] }), portsWith(server)]
    expect(await look(input, ports)).toEqual({ effect: 'create', why: 'no role mlflow yet' })
    await make(input, ports)
    expect(await look(input, ports)).toEqual({ effect: 'unchanged', why: 'as wanted' })
    await make(input, ports)
    const rights = `select rolsuper, rolcreaterole, rolcreatedb, rolcanlogin from pg_roles where rolname = 'mlflow'`
    expect(await server.query(rights)).toEqual([
      { rolsuper: 'f', rolcreaterole: 'f', rolcreatedb: 'f', rolcanlogin: 't' },
    ])
    await server.query(`create role stranger login password 'stranger'`)
    const stranger = { ...input, user: 'stranger', admin: { kind: 'none' } as const }
    await expect(look(stranger, portsWith(server, 'stranger'))).rejects.toMatchObject({ code: 'database.closed' })
    const facts = `select pg_encoding_to_char(encoding) as encoding, pg_get_userbyid(datdba) as owner
      from pg_database where datname like 'mlflow%'`
    const ours = { encoding: 'UTF8', owner: 'mlflow' }
    expect(await server.query(facts)).toEqual([ours, ours])
  })

  it('is served by an administrator who is no superuser', async (context) => {
    const server = serverOf(context)
    await server.query(`create role dba login createrole createdb password 'dba'`)
    const ports = portsWith(server, PASSWORD, `postgresql://dba:dba@127.0.0.1:${server.port}/postgres`)
    const input = named('by_dba', server)
    await make(input, ports)
    expect(await look(input, ports)).toMatchObject({ effect: 'unchanged' })
    const member = `select pg_has_role('dba', 'by_dba', 'USAGE') as member`
    expect(await server.query(member)).toEqual([{ member: 'f' }])
  })

  it('takes odd names and passwords, as libpq does', async (context) => {
    const server = serverOf(context)
    // A server that keeps names in Latin 1 does not find them again by the UTF-8 of a login.
    const latin = initdb.includes('--encoding=LATIN1')
    const outcome = await look(named('ünïcödé', server), portsWith(server)).then(
      ({ effect }) => effect,
      ({ code }: { code: string }) => code,
    )
    expect(outcome).toBe(latin ? 'database.name-letters' : 'create')
    const letters = latin ? 'unicode' : 'ünïcödé'
    const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => at + 32))
    const passwords = [
      printable,
      `'"\\%s $HOME`,
      'pässwörd',
      'pa\u0308sswo\u0308rd ﬁ ½',
      '密码 パスワード',
      '😀 smile',
      '\u00a0space',
    ]
    // Each takes a while, and the versions do not differ in them.
    const tried = major === 15 ? passwords : passwords.slice(0, 3)
    for (const [at, password] of tried.entries()) {
      const name = [`My "Data"-base`, `it's; drop`, letters, 'with space', 'ALL', 'percent %s', 'back\\slash'][at] ?? ''
      const [input, ports] = [named(name, server), portsWith(server, password)]
      await make(input, ports)
      expect(await look(input, ports)).toMatchObject({ effect: 'unchanged' })
      const env = {
        PATH: process.env['PATH'] ?? '',
        PGHOST: '127.0.0.1',
        PGPORT: String(server.port),
        PGUSER: name,
        PGDATABASE: name,
        PGPASSWORD: password,
        PGCLIENTENCODING: 'UTF8',
      }
      const { stdout } = await run('psql', ['-XAtc', 'select session_user, current_database()'], { env })
      expect(stdout.trim()).toBe(`${name}|${name}`)
    }
  })

  it('goes on where it was killed', async (context) => {
    const server = serverOf(context)
    const ports = portsWith(server)
    const input = named('halfway', server, { databases: ['halfway', 'halfway_auth'] })
    await make(named('halfway', server, { databases: [] }), ports).catch(() => undefined)
    await server.query(`create role halfway login`).catch(() => undefined)
    await server.query(`alter role halfway password '${PASSWORD}'`)
    expect(await look(input, ports)).toEqual({ effect: 'create', why: 'no database halfway yet' })
    await server.query(
      `create database halfway owner halfway template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`,
    )
    expect(await look(input, ports)).toEqual({ effect: 'create', why: 'no database halfway_auth yet' })
    await make(named('halfway', server, { databases: ['halfway_auth'] }), ports)
    expect(await look(input, ports)).toEqual({ effect: 'update', why: 'everybody may connect to halfway' })
    await make(input, ports)
    expect(await look(input, ports)).toMatchObject({ effect: 'unchanged' })
  })

  it('refuses what belongs to others', async (context) => {
    const server = serverOf(context)
    const ports = portsWith(server)
    await server.query(`create role taken login password 'of somebody'`)
    const message = `PostgreSQL at 127.0.0.1:${server.port} already has a role "taken".`
    await expect(look(named('taken', server), ports)).rejects.toMatchObject({ code: 'database.role-taken', message })
    await server.query('create database theirs')
    const theirs = inputOf(server, { user: 'fresh', databases: ['theirs'] })
    await expect(look(theirs, ports)).rejects.toMatchObject({ code: 'database.owned-by-other' })
    const foreign = named('foreign', server)
    await make(foreign, ports)
    await server.query('create table invoices (id int); create table orders (id int)', 'foreign')
    const because = 'They are invoices, orders.'
    await expect(look(foreign, ports)).rejects.toMatchObject({ code: 'database.other-tables', because })
    await expect(make(foreign, ports)).rejects.toMatchObject({ code: 'database.other-tables' })
  })
})

describe('a login that somebody gave', () => {
  let found: PostgresServerUnderTest | undefined
  beforeAll(async () => {
    if ((await postgresPrograms(15)) === undefined) return
    found = await startPostgres({ major: 15, settings: { max_connections: '40', log_statement: 'all' } })
    await found.query(`create role weak login password 'weak'`)
  })
  afterAll(async () => found?.stop())
  const serverOf = (context: TestContext) => need(context, found, 'PostgreSQL 15')
  const few = { connections: 20 }

  it('must have the right to make what is missing', async (context) => {
    const server = serverOf(context)
    const ports = portsWith(server, PASSWORD, `postgresql://weak:weak@127.0.0.1:${server.port}`)
    const input = named('new', server, few)
    const because = 'It has no right of the name CREATEROLE.'
    await expect(look(input, ports)).rejects.toMatchObject({ code: 'database.no-right', because })
    await server.query(`alter role weak createrole`)
    const message = `The role "weak" of PostgreSQL at 127.0.0.1:${server.port} may not create databases.`
    await expect(look(input, ports)).rejects.toMatchObject({ code: 'database.no-right', message })
    expect(await server.query(`select rolname from pg_roles where rolname = 'new'`)).toEqual([])
  })

  it('is read from a URL with every printable character in its password', async (context) => {
    const server = serverOf(context)
    const password = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => at + 32))
    await server.query(`create role "d/b:a" superuser login password '${password.replace("'", "''")}'`)
    const url = `postgresql://${encodeURIComponent('d/b:a')}:${encodeURIComponent(password)}@127.0.0.1:${server.port}`
    const input = named('by_url', server, few)
    await make(input, portsWith(server, PASSWORD, url))
    expect(await look(input, portsWith(server))).toMatchObject({ effect: 'unchanged' })
  })

  it('is not needed when nothing is missing, and asked for when something is', async (context) => {
    const server = serverOf(context)
    const secrets = { PGPASSWORD: new Secret(PASSWORD) }
    const input = named('alone', server, few)
    await expect(look(input, { ...realPorts(), secrets })).rejects.toMatchObject({ code: 'database.no-admin' })
    await make(input, portsWith(server))
    expect(await look(input, { ...realPorts(), secrets })).toMatchObject({ effect: 'unchanged' })
  })

  it('may be the system user of the server', async (context) => {
    const server = serverOf(context)
    need(context, server.owner, 'root')
    const admin = { kind: 'peer', systemUser: 'postgres', user: 'postgres' } as const
    const login = { host: server.socketFolder, port: server.port, sslMode: 'disable' } as const
    const input = named('by_peer', server, { ...few, admin, server: login })
    const ports = { ...realPorts(), secrets: { PGPASSWORD: new Secret(PASSWORD) } }
    await make(input, ports)
    expect(await look(input, ports)).toMatchObject({ effect: 'unchanged' })
  })

  it('is nobody where everything is there: then all is only checked', async (context) => {
    const server = serverOf(context)
    const input = named('given', server, { ...few, admin: { kind: 'none' } })
    const ports = { ...realPorts(), secrets: { PGPASSWORD: new Secret(PASSWORD) } }
    await expect(look(input, ports)).rejects.toMatchObject({ code: 'database.wrong-password' })
    await server.query(`create role given login password '${PASSWORD}'`)
    await expect(look(input, ports)).rejects.toMatchObject({ code: 'database.missing' })
    await server.query('create database given')
    // Since version 15 nobody but its owner may write to the schema "public".
    await expect(look(input, ports)).rejects.toMatchObject({ code: 'database.owned-by-other' })
    await server.query('grant create on schema public to given', 'given')
    expect(await look(input, ports)).toEqual({ effect: 'unchanged', why: 'as wanted' })
    await make(input, ports)
    const open = `select has_database_privilege('weak', 'given', 'connect') as open`
    expect(await server.query(open)).toEqual([{ open: 't' }])
  })

  it('is told that a server has too few connections, before anything is made', async (context) => {
    const server = serverOf(context)
    const input = named('many', server, { connections: 84 })
    const error = { code: 'database.too-few-connections', because: 'The workers of this stack may open 84 together.' }
    await expect(look(input, portsWith(server))).rejects.toMatchObject(error)
    await make(named('many', server, few), portsWith(server))
    await expect(look(input, portsWith(server))).rejects.toMatchObject(error)
    await server.query('alter role many connection limit 3')
    const message = `The role "many" of PostgreSQL at 127.0.0.1:${server.port} may open 3 connections only.`
    await expect(look(named('many', server, few), portsWith(server))).rejects.toMatchObject({ message })
  })

  it('is told which names PostgreSQL would cut off', async (context) => {
    const server = serverOf(context)
    const input = named('ü'.repeat(32), server, few)
    const because = 'It has 64 bytes, and 63 are allowed.'
    await expect(look(input, portsWith(server))).rejects.toMatchObject({ code: 'database.name-too-long', because })
  })

  it('is told that the driver of MLflow knows no roots by itself', async (context) => {
    const server = serverOf(context)
    const strict = { host: 'localhost', port: server.port, sslMode: 'verify-full' } as const
    const hint = { text: expect.stringMatching(/--postgres-ca-file \/.+/) }
    const input = named('strict', server, { ...few, server: strict })
    await expect(look(input, portsWith(server))).rejects.toMatchObject({ code: 'database.ca-file', hint })
  })

  it('is never shown', async (context) => {
    const server = serverOf(context)
    await make(named('silent', server, few), portsWith(server, 'a word for MLflow alone'))
    const log = await server.log()
    expect(log).toContain('CREATE ROLE "silent"')
    expect([log.includes('a word for MLflow alone'), log.includes(server.password.reveal())]).toEqual([false, false])
  })
})
