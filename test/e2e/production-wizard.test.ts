// In: a person at a terminal, with real servers. Out: each production scenario from the first question to its proof.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { filesIn } from '../testbed/files-in.ts'
import { need } from '../testbed/need.ts'
import { findNginxProgram } from '../testbed/nginx-server.ts'
import { postgresPrograms, startPostgres, type PostgresServerUnderTest } from '../testbed/postgres-server.ts'
import { adminUrlOf, openSandbox } from '../testbed/production.ts'
import { freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'
import { startStorage, storageProgram, STORAGE_KEYS, type StorageServer } from '../testbed/storage-server.ts'
import { KEYS, openTerminal, type TestTerminal } from '../testbed/test-terminal.ts'

const { enter, down, backspace } = KEYS
/** Installing MLflow and making its tables on a machine that does other things too. */
const SETUP_MS = 280_000
const ROLE_PASSWORD = 'of-the-role-0'

let sandbox: Sandbox
let postgres: PostgresServerUnderTest | undefined
let storage: StorageServer | undefined
const terminals: TestTerminal[] = []

beforeAll(async () => {
  sandbox = await makeSandbox()
  await openSandbox(sandbox)
  if ((await postgresPrograms(17)) === undefined || storageProgram('minio') === undefined) return
  postgres = await startPostgres({ major: 17 })
  storage = await startStorage('minio')
  await postgres.query(`create role runs login password '${ROLE_PASSWORD}'`)
  await postgres.query('create database runs owner runs')
})

afterEach(() => terminals.splice(0).forEach((terminal) => terminal.close()))
afterAll(async () => {
  await sandbox.remove()
  await Promise.all([postgres?.stop(), storage?.stop()])
})

interface Sitting {
  readonly terminal: TestTerminal
  readonly directory: string
  /** Waits for the question, then presses these keys and Enter. */
  answer(question: string, ...keys: readonly string[]): Promise<void>
}

/** Only what another test must not have too is said by flags: folders and ports. */
async function sitDown(name: string, flags: readonly string[] = [], env = {}): Promise<Sitting> {
  const directory = join(sandbox.home, name)
  const own = ['--dir', directory, '--target', 'native', '--port', String(await freePort()), '--service', 'background']
  const terminal = openTerminal([...own, ...flags], { ...sandbox.env, ...env }, sandbox.home)
  terminals.push(terminal)
  return {
    terminal,
    directory,
    answer: async (question, ...keys) => {
      await terminal.sees(question)
      terminal.press(...keys, enter)
    },
  }
}

const WHO = 'Who will use this MLflow?'
const ADDRESS = 'At which address will clients and browsers reach it?'
const RUNS = 'Where should runs and metrics live?'
const WHOSE = 'Whose PostgreSQL?'
const HOST = 'Where does PostgreSQL listen'
const PORT = 'On which port does PostgreSQL listen?'
const MAKES = 'Who makes the role and the database?'
const ADMIN = 'Login of a database administrator'
const FILES = 'Where should files live?'
const STORE = 'Which store has the bucket'
const BUCKET = 'Which bucket should hold the files?'
const KEY = 'Access key of the store'
const SECRET = 'Its secret'

/** The plan is taken, and leads to a stack that is proven and healthy. */
async function applies({ terminal, directory }: Sitting): Promise<void> {
  await terminal.sees(`in ~/${directory.slice(sandbox.home.length + 1)}`)
  terminal.press(enter)
  await terminal.sees('Proven by HTTP calls', SETUP_MS)
  await terminal.sees('npx mlflow-setup --yes --scenario')
  expect(await terminal.ends()).toBe(0)
  const status = await sandbox.run(['status', '--json', '--dir', directory])
  expect(JSON.parse(status.out)).toMatchObject({ healthy: true })
  expect((await sandbox.run(['plan', '--check', '--dir', directory])).code).toBe(0)
}

const specOf = async (directory: string) => parse(await readFile(join(directory, 'mlflow-setup.yaml'), 'utf8'))

/** Where these secrets, and those of `.env`, stand besides. */
async function leaks({ terminal, directory }: Sitting, secrets: readonly string[]): Promise<readonly string[]> {
  const kept = parseEnvFile(await readFile(join(directory, '.env'), 'utf8'))
  const made = ['PGPASSWORD', 'MLFLOW_SETUP_ADMIN_PASSWORD', 'AWS_SECRET_ACCESS_KEY'].map((name) => kept[name])
  const all = [...secrets, ...made.filter((secret) => secret !== undefined && secret !== '')]
  const paths = (await filesIn(directory)).filter((path) => !/^(venv|data|cache)\/|\/tools\/|^\.env$/.test(path))
  const texts = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(directory, path), 'latin1')] as const),
  )
  const seen = [...texts, ['the terminal', terminal.raw()] as const]
  return seen.filter(([, text]) => all.some((secret) => text.includes(String(secret)))).map(([where]) => where)
}

describe('scenario 4, on servers that are there', () => {
  it('takes back a wrong login and an odd bucket, shows no secret, and is proven', async (context) => {
    const database = need(context, postgres, 'PostgreSQL 17')
    const store = need(context, storage, 'MinIO')
    need(context, findNginxProgram(), 'nginx')
    const sitting = await sitDown('four')
    const { terminal, answer } = sitting
    await answer(WHO, down, down)
    await answer(ADDRESS, `https://localhost:${await freePort()}`)
    await answer(RUNS)
    await answer(WHOSE, down)
    await answer(HOST, database.host)
    await answer(PORT, String(database.port))
    await answer(MAKES, KEYS.up)
    await answer(STORE, store.endpoint)
    await answer(BUCKET, 'My-files')
    await terminal.sees('"My-files" has capital letters; write them small')
    terminal.press(...Array.from({ length: 8 }, () => backspace), 'files-of-four', enter)
    await answer(ADMIN, adminUrlOf(database).replace(/:[^:@]*@/, ':mistyped-one@'))
    await answer(KEY, store.keys.id)
    await answer(SECRET, store.keys.secret)
    await terminal.sees('refused the password of the role "postgres"')
    await answer(ADMIN, adminUrlOf(database))
    await terminal.sees('the keys of S3')
    await applies(sitting)
    expect(await specOf(sitting.directory)).toMatchObject({ scenario: 4, artifactStore: { bucket: 'files-of-four' } })
    const secrets = [database.password.reveal(), 'mistyped-one', STORAGE_KEYS.secret]
    expect(await leaks(sitting, secrets)).toEqual([])
  })
})

describe('scenario 5, by Enter', () => {
  it('gets a PostgreSQL and an nginx of its own, and is proven', async (context) => {
    need(context, (await postgresPrograms(15)) ?? postgres, 'PostgreSQL')
    need(context, findNginxProgram(), 'nginx')
    const sitting = await sitDown('five', ['--public-url', `https://localhost:${await freePort()}`])
    await sitting.answer(WHO, down)
    for (const question of [RUNS, WHOSE, FILES]) await sitting.answer(question)
    await applies(sitting)
    const spec = await specOf(sitting.directory)
    expect(spec).toMatchObject({ scenario: 5, backendStore: { managed: true }, artifactStore: { kind: 'local' } })
    expect(spec).toMatchObject({ proxy: { kind: 'managed' }, auth: { kind: 'htpasswd' }, tls: { kind: 'self-signed' } })
    expect(await leaks(sitting, [])).toEqual([])
  })
})

describe('scenario 6, with a role and a database that are there', () => {
  it('asks again for whatever a server refuses, and for nothing else, and is proven', async (context) => {
    const database = need(context, postgres, 'PostgreSQL 17')
    const store = need(context, storage, 'MinIO')
    need(context, findNginxProgram(), 'nginx')
    const flags = [
      '--public-url',
      `https://localhost:${await freePort()}`,
      '--artifacts-port',
      String(await freePort()),
    ]
    // As one that was right until somebody changed it.
    const sitting = await sitDown('six', flags, { MLFLOW_SETUP_POSTGRES_PASSWORD: 'mistyped-one' })
    const { terminal, answer } = sitting
    await answer(WHO, down, down, down)
    await answer(RUNS)
    await answer(WHOSE, down)
    await answer(HOST, database.host)
    await answer(PORT, '1')
    await answer(MAKES)
    await answer('Which database?', 'runs')
    await answer('Which role owns it?', 'run')
    await answer(FILES, down)
    await answer(STORE, store.consoleUrl)
    await answer(BUCKET, 'files-of-six')
    await answer(KEY, store.keys.id)
    await answer(SECRET, 'mistyped-two')
    await terminal.sees('is the web console of an object store')
    await answer(STORE, store.endpoint)
    await terminal.sees('knows the access key, but the secret does not fit')
    await answer(KEY, store.keys.id)
    await answer(SECRET, store.keys.secret)
    await terminal.sees('Nothing listens on that port')
    await answer(HOST)
    await answer(PORT, String(database.port))
    await terminal.sees('refused the password of the role "run"')
    await answer('Which role owns it?', 'runs')
    await answer('Password of the database role', ROLE_PASSWORD)
    await applies(sitting)
    expect(await specOf(sitting.directory)).toMatchObject({ scenario: 6, backendStore: { user: 'runs' } })
    expect(await leaks(sitting, ['mistyped-one', 'mistyped-two', ROLE_PASSWORD, store.keys.secret])).toEqual([])
  })
})
