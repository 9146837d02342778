// One stack lives on through every change that its owner thinks of, and another one beside it.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { makeHttp, type HttpResponse } from '../../src/ports/http.ts'
import { Secret } from '../../src/secret.ts'
import { issue, joinFiles } from '../testbed/certificates.ts'
import { need } from '../testbed/need.ts'
import { processesWith } from '../testbed/processes.ts'
import { postgresPrograms, startPostgres, type PostgresServerUnderTest } from '../testbed/postgres-server.ts'
import { adminUrlOf, openSandbox } from '../testbed/production.ts'
import { freePort, makeSandbox, type Ran, type Sandbox } from '../testbed/sandbox.ts'
import { startStorage, storageProgram, type StorageServer } from '../testbed/storage-server.ts'

const NEEDED = 'root, nginx, PostgreSQL 17 and versitygw'
const http = makeHttp()

let sandbox: Sandbox
let postgres: PostgresServerUnderTest
let storage: StorageServer
let ready: 'yes' | undefined
let team: string
let neighbour: string

beforeAll(async () => {
  const there = existsSync('/usr/sbin/nginx') && (await postgresPrograms(17)) !== undefined
  if (process.getuid?.() !== 0 || !there || storageProgram('versitygw') === undefined) return
  sandbox = await makeSandbox()
  await openSandbox(sandbox)
  // As MLflow's own login wants them, for two workers.
  postgres = await startPostgres({ major: 17, settings: { max_connections: '300' } })
  storage = await startStorage('versitygw')
  team = join(sandbox.home, 'team')
  neighbour = join(sandbox.home, 'neighbour')
  ready = 'yes'
})

afterAll(async () => {
  http.close()
  if (ready === undefined) return
  await sandbox.remove()
  await postgres.stop()
  await storage.stop()
})

interface Answered {
  readonly env?: Readonly<Record<string, string>>
  readonly directory?: string
}

const run = (args: readonly string[], { env = {}, directory = team }: Answered = {}) =>
  sandbox.run([...args, '--dir', directory], { env })

/** The main command with some answers; all others are those of the stack that is there. */
async function change(answers: Readonly<Record<string, string | number>>, more: Answered = {}): Promise<Ran> {
  const flags = Object.entries(answers).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  return run(['--yes', ...flags], more)
}

/** What a change must end with: the stack is proven, and nothing is left to do. */
async function expectProven(ran: Ran, directory = team): Promise<void> {
  expect([ran.code, ran.err]).toEqual([0, expect.not.stringContaining('bug')])
  expect(ran.out).toMatch(/Proven .*steps passed/)
  const check = await run(['plan', '--check'], { directory })
  expect([check.code, check.out]).toEqual([0, expect.stringContaining('Nothing to change')])
}

const specOf = async (directory = team) => parse(await readFile(join(directory, 'mlflow-setup.yaml'), 'utf8'))
const secretsOf = async (directory = team) => parseEnvFile(await readFile(join(directory, '.env'), 'utf8'))

/** What the public address says to somebody. */
async function call(path: string, who?: { user: string; password: string }, body?: object): Promise<HttpResponse> {
  const spec = await specOf()
  const file = { 'self-signed': 'ca.pem', files: 'certificate.pem' }[String(spec.tls?.kind ?? spec.tls)]
  const ca = file === undefined ? {} : { ca: await readFile(join(team, 'tls', file), 'utf8') }
  const login = who === undefined ? {} : { login: { user: who.user, password: new Secret(who.password) } }
  const json = { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  return http.request({
    method: body === undefined ? 'GET' : 'POST',
    url: `${spec.publicUrl}${path}`,
    timeoutMs: 30_000,
    ...ca,
    ...login,
    ...(body === undefined ? {} : json),
  })
}

const api = (path: string) => `/api/2.0/mlflow/${path}`

async function admin(): Promise<{ user: string; password: string }> {
  return { user: 'admin', password: (await secretsOf())['MLFLOW_SETUP_ADMIN_PASSWORD'] ?? '' }
}

/** Everybody's experiments, by name. */
async function experiments(): Promise<readonly string[]> {
  const found = await call(api('experiments/search?max_results=100'), await admin())
  return Object(found.json()).experiments.map(({ name }: { name: string }) => name)
}

/** Main processes of a stack's services: whoever was restarted has another number. */
async function pids(directory = team): Promise<readonly number[]> {
  const { out } = await run(['status', '--json'], { directory })
  return JSON.parse(out).services.map(({ pid }: { pid: number }) => pid)
}

/** Ports are named, because other tests of this machine take the first free one too. */
const places = () => ({
  'backend-store': 'postgres',
  'postgres-host': postgres.host,
  'postgres-port': postgres.port,
  'artifact-store': 's3',
  's3-endpoint': storage.endpoint,
  's3-bucket': 'team',
})
const keys = () => ({
  MLFLOW_SETUP_POSTGRES_ADMIN_URL: adminUrlOf(postgres),
  AWS_ACCESS_KEY_ID: storage.keys.id,
  AWS_SECRET_ACCESS_KEY: storage.keys.secret,
})

// Each test goes on from the one before, as their owner does.
describe('a stack that begins as one person’s and grows', () => {
  it('has runs in SQLite and files in a folder', async (context) => {
    need(context, ready, NEEDED)
    const url = `http://127.0.0.1:${await freePort()}`
    await expectProven(await change({ 'public-url': url, service: 'background' }))
    const made = await call(api('experiments/create'), undefined, { name: 'of the first days' })
    expect(made.status).toBe(200)
  })

  it('moves to PostgreSQL and a bucket behind nginx, and is told what stays where it was', async (context) => {
    need(context, ready, NEEDED)
    const url = `https://localhost:${await freePort()}`
    const answers = { scenario: 5, 'public-url': url, port: await freePort(), proxy: 'managed', ...places() }
    const moved = await change(answers, { env: keys() })
    await expectProven(moved)
    const told = moved.err.replaceAll(/\s+/g, ' ')
    expect(told).toContain('The runs so far stay in data/mlflow.db, and their files in data/artifacts:')
    expect(told).toContain('nothing is deleted')
    expect(existsSync(join(team, 'data/mlflow.db'))).toBe(true)
    expect(await experiments()).not.toContain('of the first days')
    const [{ count } = {}] = await postgres.query('select count(*)::text from experiments', 'team')
    expect(Number(count)).toBeGreaterThan(0)
  })

  it('lets users in and out through nginx at once, without a restart', async (context) => {
    need(context, ready, NEEDED)
    const before = await pids()
    const ada = { user: 'ada', password: 'a quite long Password' }
    const added = await run(['user', 'add', 'ada'], { env: { MLFLOW_SETUP_USER_PASSWORD: ada.password } })
    expect([added.code, added.err]).toEqual([0, ''])
    expect((await call(api('experiments/search?max_results=1'), ada)).status).toBe(200)
    expect((await call(api('experiments/search?max_results=1'), { ...ada, password: 'x' })).status).toBe(401)
    expect((await run(['user', 'remove', 'ada'])).code).toBe(0)
    expect((await call(api('experiments/search?max_results=1'), ada)).status).toBe(401)
    expect(await pids()).toEqual(before)
  })

  it('gets another address: another host, another port and a prefix', async (context) => {
    need(context, ready, NEEDED)
    const { publicUrl: former } = await specOf()
    const root = await readFile(join(team, 'tls/ca.pem'), 'utf8')
    const url = `https://127.0.0.1:${await freePort()}/ml`
    await expectProven(await change({ 'public-url': url }))
    expect((await specOf()).publicUrl).toBe(url)
    // Clients keep the root that they have.
    expect(await readFile(join(team, 'tls/ca.pem'), 'utf8')).toBe(root)
    const old = http.request({ method: 'GET', url: `${former}/health`, ca: root, timeoutMs: 5000 })
    await expect(old).rejects.toMatchObject({ code: 'http.refused' })
  })

  it('lets MLflow itself ask for the password, once somebody may make its database', async (context) => {
    need(context, ready, NEEDED)
    const before = await specOf()
    const refused = await change({ auth: 'basic-auth' })
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('MLFLOW_SETUP_POSTGRES_ADMIN_URL')])
    expect(await specOf()).toEqual(before)
    await expectProven(await change({ auth: 'basic-auth' }, { env: keys() }))
    expect((await call(api('experiments/search?max_results=1'))).status).toBe(401)
    expect((await call(api('users/list'), await admin())).status).toBe(200)
    expect((await run(['user', 'list'])).out).toContain('admin')
  })

  it('lets nginx ask again', async (context) => {
    need(context, ready, NEEDED)
    await expectProven(await change({ auth: 'htpasswd' }))
    expect((await call(api('experiments/search?max_results=1'))).status).toBe(401)
    expect((await call(api('experiments/search?max_results=1'), await admin())).status).toBe(200)
  })

  it('takes a certificate of its owner’s', async (context) => {
    need(context, ready, NEEDED)
    const authority = await issue(sandbox.home, { name: 'authority', authority: true })
    const own = await issue(sandbox.home, { name: 'server', hosts: ['127.0.0.1'], issuer: authority })
    const chain = await joinFiles(join(sandbox.home, 'chain.pem'), [own.certificate, authority.certificate])
    await expectProven(await change({ tls: 'files', 'tls-cert': chain, 'tls-key': own.key }))
    expect(await readFile(join(team, 'tls/certificate.pem'), 'utf8')).toBe(await readFile(chain, 'utf8'))
    // And back to one of the stack's own.
    await expectProven(await change({ tls: 'self-signed' }))
  })

  it('is stopped, started and restarted', async (context) => {
    need(context, ready, NEEDED)
    expect((await run(['stop'])).code).toBe(0)
    await expect(call('/health')).rejects.toMatchObject({ code: 'http.refused' })
    expect((await run(['start'])).code).toBe(0)
    const before = await pids()
    expect((await run(['restart'])).code).toBe(0)
    const after = await pids()
    expect(after.filter((pid) => before.includes(pid))).toEqual([])
    expect((await call('/health')).status).toBe(200)
  })
})

describe('another stack on the same machine', () => {
  it('finds names and ports of its own, and leaves the first one alone', async (context) => {
    need(context, ready, NEEDED)
    const before = await pids()
    const url = `https://localhost:${await freePort()}`
    const { port } = await specOf()
    const answers = { scenario: 5, 'public-url': url, port, 'backend-store': 'postgres', proxy: 'managed' }
    const clash = await change(answers, { directory: neighbour })
    expect([clash.code, clash.err]).toEqual([2, expect.stringMatching(`port ${port} is taken by .*; free is \\d+`)])
    expect(existsSync(neighbour)).toBe(false)
    await expectProven(await change({ ...answers, port: await freePort() }, { directory: neighbour }), neighbour)
    expect(await specOf(neighbour)).toMatchObject({ name: 'neighbour', backendStore: { database: 'neighbour' } })
    expect(await pids()).toEqual(before)
    expect((await run(['plan', '--check'])).code).toBe(0)
    expect((await call('/health')).status).toBe(200)
  })

  it('ends what it no longer needs when it becomes smaller', async (context) => {
    need(context, ready, NEEDED)
    const url = `http://127.0.0.1:${await freePort()}`
    const smaller = { scenario: 3, 'public-url': url, 'backend-store': 'sqlite', proxy: 'none', auth: 'none' }
    await expectProven(await change(smaller, { directory: neighbour }), neighbour)
    const left = (await processesWith(neighbour)).filter(({ commandLine }) => /nginx|postgres/.test(commandLine))
    expect(left).toEqual([])
    // Its data stays.
    expect(existsSync(join(neighbour, 'postgresql/data/PG_VERSION'))).toBe(true)
  })
})

describe('a stack that goes back to where it began', () => {
  it('finds its first runs again', async (context) => {
    need(context, ready, NEEDED)
    const back = await change({ 'backend-store': 'sqlite', 'artifact-store': 'local' })
    await expectProven(back)
    expect(back.err.replaceAll(/\s+/g, ' ')).toMatch(/stay in database team at .*, and their files in s3:\/\/team/)
    expect(await experiments()).toContain('of the first days')
  })

  it('and to PostgreSQL, whose password it still has', async (context) => {
    need(context, ready, NEEDED)
    await expectProven(await change(places(), { env: keys() }))
    expect(await experiments()).not.toContain('of the first days')
  })
})
