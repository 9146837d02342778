import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { makeDatabases, type DatabaseLogin } from '../../src/ports/databases.ts'
import { Secret } from '../../src/secret.ts'
import { issue } from '../testbed/certificates.ts'
import { need } from '../testbed/need.ts'
import { postgresPrograms, startPostgres, type PostgresServerUnderTest } from '../testbed/postgres-server.ts'
import { eventually, freePort } from '../testbed/services.ts'

const { signal } = new AbortController()
const open = (login: DatabaseLogin, timeoutMs = 5000) => makeDatabases().connect(login, { timeoutMs, signal })

/** Opens and closes again; says whether the connection was encrypted. */
async function encrypted(login: DatabaseLogin): Promise<boolean> {
  const session = await open(login)
  const [row] = await session.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
  await session.end()
  return row?.['ssl'] === 't'
}

async function failure(login: DatabaseLogin, timeoutMs?: number) {
  const error: unknown = await open(login, timeoutMs).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (typeof error !== 'object' || error === null) throw new Error('it connected')
  const text = JSON.stringify([Object.values(error), (error as Error).message, String((error as Error).cause)])
  return { ...(error as { code: string; hint: { text: string } }), message: (error as Error).message, text }
}

describe('without TLS', () => {
  let found: PostgresServerUnderTest | undefined
  beforeAll(async () => {
    if ((await postgresPrograms(15)) === undefined) return
    const hba = ['local all postgres peer', 'local all all peer', 'host all nobody_from_here all reject']
    found = await startPostgres({ major: 15, hba: [...hba, 'host all all all scram-sha-256'] })
    await found.query(`create role plain login password 'plain'`)
    await found.query(`create role nologin password 'plain'`)
    await found.query(`create role nobody_from_here login password 'plain'`)
  })
  afterAll(async () => found?.stop())
  const serverOf = (context: TestContext) => need(context, found, 'PostgreSQL 15')

  it('gives values as text, and says what a query did wrong', async (context) => {
    const { login, port } = serverOf(context)
    const session = await open(login())
    const sql = 'select $1::text as name, 1 as one, true as yes, null as nothing'
    expect(await session.query(sql, [`o'd"d`])).toEqual([{ name: `o'd"d`, one: '1', yes: 't', nothing: null }])
    const because = 'It answered: relation "nowhere" does not exist.'
    await expect(session.query('table nowhere')).rejects.toMatchObject({ code: 'database.failed', because })
    await session.end()
    const plain = await open(login({ user: 'plain', password: new Secret('plain') }))
    const message = `The role "plain" of PostgreSQL at 127.0.0.1:${port} may not do this.`
    await expect(plain.query('create database x')).rejects.toMatchObject({ code: 'database.no-right', message })
    await plain.end()
  })

  it('goes through the socket as the user who was asked for', async (context) => {
    const { query, login, socketFolder, owner } = serverOf(context)
    expect(await query('select session_user as who')).toEqual([{ who: 'postgres' }])
    const stranger = login({ host: socketFolder, user: 'plain', ...(owner === undefined ? {} : { as: owner }) })
    expect(await failure(stranger)).toMatchObject({ code: 'database.other-identity' })
    expect(await failure({ ...stranger, host: '/nowhere' })).toMatchObject({ code: 'database.refused' })
  })

  it('takes no setting from variables of the driver', async (context) => {
    const { login } = serverOf(context)
    const variables = { PGCLIENTENCODING: 'LATIN1', PGSSLNEGOTIATION: 'direct', PGDATABASE: 'nowhere', PGPORT: '1' }
    Object.assign(process.env, variables)
    try {
      const session = await open(login())
      expect(await session.query(`select 'Zoë' as name`)).toEqual([{ name: 'Zoë' }])
      await session.end()
    } finally {
      for (const name of Object.keys(variables)) delete process.env[name]
    }
  })

  it('does not look for passwords where nobody told it to', async (context) => {
    const { login } = serverOf(context)
    const { password: _, ...without } = login()
    process.env['PGPASSWORD'] = login().password?.reveal()
    try {
      expect(await failure(without)).toMatchObject({ code: 'database.no-password' })
    } finally {
      delete process.env['PGPASSWORD']
    }
  })

  it.for<[string, Partial<DatabaseLogin>, string]>([
    ['database.wrong-password', { password: new Secret('wr0ng-s3cret') }, 'MLFLOW_SETUP_POSTGRES_PASSWORD'],
    ['database.wrong-password', { user: 'unknown' }, '--postgres-user'],
    ['database.wrong-password', { user: 'nologin' }, '--postgres-user'],
    ['database.missing', { database: 'nowhere' }, '--postgres-database'],
    ['database.unknown-host', { host: 'no.such.host.invalid' }, '--postgres-host'],
    ['database.refused', { port: 1 }, '--postgres-port'],
    ['database.no-tls', { sslMode: 'require' }, '--postgres-sslmode disable'],
    ['database.no-tls', { sslMode: 'verify-full' }, '--postgres-sslmode disable'],
    ['database.not-let-in', { user: 'nobody_from_here' }, 'pg_hba.conf'],
    [
      'database.wrong-password',
      { password: new Secret('an0ther-s3cret'), givenBy: 'admin-url' },
      'MLFLOW_SETUP_POSTGRES_ADMIN_URL',
    ],
  ])('says %s', async ([code, changes, cure], context) => {
    const server = need(context, found, 'PostgreSQL 15')
    const login = server.login(changes)
    const { text, ...error } = await failure(login)
    expect([error.code, error.hint.text]).toEqual([code, expect.stringContaining(cure)])
    expect(error.message).toContain(login.host)
    expect(text).not.toContain(login.password?.reveal())
  })

  it('tells a full server', async (context) => {
    const { login, query } = serverOf(context)
    await query('alter role plain connection limit 0')
    const plain = login({ user: 'plain', password: new Secret('plain') })
    expect(await failure(plain)).toMatchObject({ code: 'database.too-many-connections' })
  })
})

describe('with TLS', () => {
  let found: PostgresServerUnderTest | undefined
  let folder = ''
  beforeAll(async () => {
    if ((await postgresPrograms(15)) === undefined) return
    folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-tls-'))
    const root = await issue(folder, { name: 'root', authority: true })
    await issue(folder, { name: 'other', authority: true })
    await writeFile(join(folder, 'no.pem'), 'not a certificate')
    const tls = await issue(folder, { name: 'server', hosts: ['localhost'], issuer: root })
    const hba = ['local all postgres peer', 'hostssl all all all scram-sha-256']
    found = await startPostgres({ major: 15, tls, hba })
  })
  afterAll(async () => {
    await found?.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const loginOf = (context: TestContext, changes: Partial<DatabaseLogin>) =>
    need(context, found, 'PostgreSQL 15').login({ host: 'localhost', ...changes })
  const file = (name: string) => join(folder, name)

  it('encrypts, and checks as much as was asked for', async (context) => {
    const caFile = file('root.pem')
    expect(await encrypted(loginOf(context, { sslMode: 'prefer' }))).toBe(true)
    expect(await encrypted(loginOf(context, { sslMode: 'require' }))).toBe(true)
    expect(await encrypted(loginOf(context, { sslMode: 'verify-full', caFile }))).toBe(true)
    expect(await encrypted(loginOf(context, { sslMode: 'verify-ca', caFile, host: '127.0.0.1' }))).toBe(true)
  })

  it.for<[string, Partial<DatabaseLogin>, string, string]>([
    ['database.tls-wanted', { sslMode: 'disable' }, '', '--postgres-sslmode require'],
    ['database.certificate-untrusted', { sslMode: 'verify-full' }, '', '--postgres-ca-file'],
    ['database.certificate-untrusted', { sslMode: 'verify-ca' }, 'other.pem', '--postgres-ca-file'],
    ['database.certificate-untrusted', { sslMode: 'require' }, 'other.pem', '--postgres-ca-file'],
    ['database.certificate-other-host', { sslMode: 'verify-full', host: '127.0.0.1' }, 'root.pem', '--postgres-host'],
    ['database.ca-file', { sslMode: 'verify-full' }, 'no.pem', '--postgres-ca-file'],
  ])('says %s', async ([code, changes, caFile, cure], context) => {
    const server = need(context, found, 'PostgreSQL 15')
    const login = server.login({ host: 'localhost', ...changes, ...(caFile === '' ? {} : { caFile: file(caFile) }) })
    const error = await failure(login)
    expect([error.code, error.hint.text]).toEqual([code, expect.stringContaining(cure)])
  })

  it('says database.certificate-expired', async (context) => {
    const server = need(context, found, 'PostgreSQL 15')
    const root = { certificate: file('root.pem'), key: file('root.key') }
    const old = await issue(folder, { name: 'old', hosts: ['localhost'], issuer: root, from: -9, until: -2 })
    // The files keep their owner.
    await copyFile(old.certificate, join(server.socketFolder, 'data', 'server.crt'))
    await copyFile(old.key, join(server.socketFolder, 'data', 'server.key'))
    await server.query('select pg_reload_conf()')
    const login = server.login({ host: 'localhost', sslMode: 'verify-full', caFile: root.certificate })
    const seen = () => failure(login).catch(() => undefined)
    const error = await eventually('the new certificate', seen)
    expect(error).toMatchObject({ code: 'database.certificate-expired' })
  })
})

describe('what is no PostgreSQL server', () => {
  const login = (port: number): DatabaseLogin => {
    return { host: '127.0.0.1', port, sslMode: 'disable', user: 'u', database: 'd', password: new Secret('p') }
  }
  const listen = async (answer: string | undefined) => {
    const port = await freePort()
    const server: Server = createServer((socket) => (answer === undefined ? socket : socket.end(answer)))
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return { port, close: () => server.close() }
  }

  it('is named, with TLS and without', async () => {
    const web = await listen('HTTP/1.1 400 Bad Request\r\n\r\n')
    expect(await failure(login(web.port))).toMatchObject({ code: 'database.not-postgres' })
    const secure = { ...login(web.port), sslMode: 'prefer' } as const
    expect(await failure(secure)).toMatchObject({ code: 'database.not-postgres' })
    web.close()
  })

  it('does not keep anybody waiting', async () => {
    const silent = await listen(undefined)
    expect(await failure(login(silent.port), 300)).toMatchObject({ code: 'database.no-answer' })
    const stop = new AbortController()
    const waiting = makeDatabases().connect(login(silent.port), { timeoutMs: 60_000, signal: stop.signal })
    setTimeout(() => stop.abort(new Error('stopped')), 50)
    await expect(waiting).rejects.toThrow('stopped')
    silent.close()
  })
})
