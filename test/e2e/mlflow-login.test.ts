import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyAction } from '../../src/actions/action-table.ts'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import type { BackendStore, Stack } from '../../src/stack/spec.ts'
import { renderSpec } from '../../src/stack/write-spec.ts'
import { buildLoginPart, serverLogin } from '../../src/targets/native/login.ts'
import { postgresVariables } from '../../src/targets/native/postgres.ts'
import { fakeStack } from '../fakes/stack.ts'
import { startMlflow, type RunningServer } from '../testbed/mlflow-server.ts'
import { need } from '../testbed/need.ts'
import { postgresPrograms, startPostgres, type PostgresServerUnderTest } from '../testbed/postgres-server.ts'
import { runCommand } from '../testbed/run-command.ts'
import { realPorts } from '../testbed/services.ts'

const ADMIN = { user: 'root', password: `an admin's "passw%rd" $1` }
const FOUNDATION = { folders: 'folders', environment: 'environment', packages: 'packages' }
const { signal } = new AbortController()

/** The stack of a server with MLflow's own login, as far as the server and `user` look at it. */
function stackIn(directory: string, backendStore: BackendStore, publicUrl = 'http://127.0.0.1:5000'): Stack {
  return fakeStack(5, { backendStore, publicUrl, auth: { kind: 'basic-auth', adminUser: ADMIN.user } }, directory)
}

/** A server by the files and variables of the login part. */
async function startWithLogin(backendStore: BackendStore, env: Record<string, string> = {}): Promise<RunningServer> {
  const { args, variables } = serverLogin(stackIn('/', backendStore))
  const server = await startMlflow({
    args,
    env: {
      ...variables,
      MLFLOW_AUTH_ADMIN_PASSWORD: ADMIN.password,
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'only-for-this-test',
      ...env,
    },
    prepare: async (folder) => {
      await mkdir(join(folder, 'data'))
      for (const action of buildLoginPart(stackIn(folder, backendStore), FOUNDATION)?.actions ?? [])
        await applyAction(action, realPorts(), () => undefined, signal)
    },
  })
  const { spec, directory } = stackIn(server.folder, backendStore, server.url)
  await mkdir(join(directory, '.mlflow-setup'))
  await writeFile(join(directory, 'mlflow-setup.yaml'), renderSpec(spec, undefined))
  const kept = `MLFLOW_SETUP_ADMIN_PASSWORD="${ADMIN.password.replaceAll(/["$]/g, '\\$&')}"\n`
  await writeFile(join(directory, '.env'), `${kept}MLFLOW_AUTH_ADMIN_PASSWORD=old\n`, { mode: 0o600 })
  return server
}

interface Asked {
  readonly status: number
  readonly json: unknown
}

async function ask(
  { url }: RunningServer,
  path: string,
  login?: readonly [string, string],
  body?: object,
): Promise<Asked> {
  const authorization =
    login === undefined ? {} : { Authorization: `Basic ${Buffer.from(login.join(':')).toString('base64')}` }
  const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'Content-Type': 'application/json', ...authorization },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const json: unknown = text.startsWith('{') ? JSON.parse(text) : text
  return { status: response.status, json }
}

const experiments = (server: RunningServer, login?: readonly [string, string]) =>
  ask(server, 'experiments/search', login, { max_results: 5 })
const user = (server: RunningServer, args: readonly string[], env: Record<string, string> = {}) =>
  runCommand(['user', ...args], { cwd: server.folder, env })

describe("MLflow's own login, in SQLite", () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startWithLogin({ kind: 'sqlite', path: 'data/mlflow.db' })
  })
  afterAll(() => server.stop())

  it('lets the first user in, and nobody else', async () => {
    expect((await experiments(server, [ADMIN.user, ADMIN.password])).status).toBe(200)
    expect((await experiments(server, [ADMIN.user, 'wrong-password'])).status).toBe(401)
    expect((await experiments(server)).status).toBe(401)
    expect((await readFile(join(server.folder, 'data/basic_auth.db'))).length).toBeGreaterThan(0)
  })

  it('checks a password once, not with every request', async () => {
    const { out } = await user(server, ['add', 'speedy', '--json'])
    const login = ['speedy', String(Object(JSON.parse(out)).password)] as const
    expect((await experiments(server, login)).status).toBe(200)
    // Past MLflow: it would notice only if it looked at the hash again.
    const program = `import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database: print(database.execute("UPDATE users SET password_hash = 'x' WHERE username = 'speedy'").rowcount)`
    const { stdout } = await execa('python3', ['-c', program, join(server.folder, 'data/basic_auth.db')])
    expect(stdout).toBe('1')
    expect((await experiments(server, login)).status).toBe(200)
    expect((await experiments(server, ['speedy', 'another password'])).status).toBe(401)
  })

  it('has users who read what others made and write what is theirs', async () => {
    const added = await user(server, ['add', 'ada'], { MLFLOW_SETUP_USER_PASSWORD: 'ada has a password' })
    expect([added.code, added.err]).toEqual([0, ''])
    const ada = ['ada', 'ada has a password'] as const
    expect((await experiments(server, ada)).status).toBe(200)
    const foreign = await ask(server, 'runs/create', ada, { experiment_id: '0' })
    expect(foreign.status).toBe(403)
    const own = await ask(server, 'experiments/create', ada, { name: 'of ada' })
    expect(own.status).toBe(200)
    const id = String(Object(own.json).experiment_id)
    expect((await ask(server, 'runs/create', ada, { experiment_id: id })).status).toBe(200)
  })

  it('lists, changes and removes them by the same commands', async () => {
    await user(server, ['add', 'bob'], { MLFLOW_SETUP_USER_PASSWORD: 'bob has a password' })
    const listed = await user(server, ['list'])
    expect(listed.out).toMatch(/^root +scrypt +first user, password in \.env$/m)
    expect(listed.out).toMatch(/^bob +scrypt +not an administrator$/m)
    const changed = await user(server, ['passwd', 'bob'], { MLFLOW_SETUP_USER_PASSWORD: 'bob has another one' })
    expect(changed.out).toContain('bob has another password.')
    expect(changed.out).toContain('for up to a minute')
    expect((await experiments(server, ['bob', 'bob has another one'])).status).toBe(200)
    expect((await user(server, ['remove', 'bob'])).code).toBe(0)
    expect((await experiments(server, ['bob', 'bob has another one'])).status).toBe(401)
    const gone = await user(server, ['passwd', 'bob'])
    expect([gone.code, gone.err.includes('There is no user bob.')]).toEqual([2, true])
  })

  it('refuses what MLflow would refuse, before it is asked', async () => {
    const { code, err } = await user(server, ['add', 'eve'], { MLFLOW_SETUP_USER_PASSWORD: 'too short' })
    expect(code).toBe(2)
    expect(err).toContain('It is shorter than 12 characters.')
  })

  it('has the new password of the first user in .env, and says so when it has not', async () => {
    const password = 'another password of root'
    const changed = await user(server, ['passwd', 'root'], { MLFLOW_SETUP_USER_PASSWORD: password })
    expect([changed.code, changed.err]).toEqual([0, ''])
    const kept = parseEnvFile(await readFile(join(server.folder, '.env'), 'utf8'))
    expect(kept).toEqual({ MLFLOW_SETUP_ADMIN_PASSWORD: password, MLFLOW_AUTH_ADMIN_PASSWORD: password })
    expect((await user(server, ['list'])).code).toBe(0)
    await writeFile(join(server.folder, '.env'), 'MLFLOW_SETUP_ADMIN_PASSWORD=outdated\n')
    const { code, err } = await user(server, ['list'])
    expect(code).toBe(2)
    expect(err).toContain('does not take the password of root')
    const env = { MLFLOW_SETUP_ADMIN_PASSWORD: password, MLFLOW_SETUP_USER_PASSWORD: password }
    expect((await user(server, ['passwd', 'root'], env)).code).toBe(0)
    expect((await user(server, ['list'])).code).toBe(0)
  })
})

describe("MLflow's own login, in PostgreSQL", () => {
  const DATABASE = 'odd name?'
  let postgres: PostgresServerUnderTest | undefined
  let server: RunningServer | undefined
  beforeAll(async () => {
    if ((await postgresPrograms(15)) === undefined) return
    postgres = await startPostgres({ major: 15 })
    for (const name of [DATABASE, `${DATABASE}_auth`]) await postgres.query(`CREATE DATABASE "${name}"`)
    const store: BackendStore = {
      kind: 'postgres',
      managed: false,
      host: postgres.host,
      port: postgres.port,
      database: DATABASE,
      user: 'postgres',
      sslMode: 'disable',
      caFile: undefined,
      admin: 'none',
    }
    server = await startWithLogin(store, {
      ...postgresVariables(stackIn('/', store)),
      PGPASSWORD: postgres.password.reveal(),
      MLFLOW_BACKEND_STORE_URI: 'postgresql+psycopg2://',
    })
  })
  afterAll(async () => {
    await server?.stop()
    await postgres?.stop()
  })

  it('keeps its users in a database of their own, without a secret in its file', async (context) => {
    const at = need(context, server, 'PostgreSQL 15')
    expect((await experiments(at, [ADMIN.user, ADMIN.password])).status).toBe(200)
    const users = await need(context, postgres, 'PostgreSQL 15').query('SELECT username FROM users', `${DATABASE}_auth`)
    expect(users).toEqual([{ username: ADMIN.user }])
    const tables = await postgres?.query(
      "SELECT count(*) AS n FROM pg_tables WHERE tablename = 'experiments'",
      DATABASE,
    )
    expect(tables).toEqual([{ n: '1' }])
    expect(await readFile(join(at.folder, 'basic_auth.ini'), 'utf8')).not.toContain('password =')
  })
})
