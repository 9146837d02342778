// Stacks of containers with stores that were there before, on a real engine: how they are reached, logins, odd characters.
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import { makeHttp } from '../../src/ports/http.ts'
import { Secret } from '../../src/secret.ts'
import { renderComposeValue } from '../../src/formats/compose-value.ts'
import { parseEnvFile, renderComposeEnvValue } from '../../src/formats/env-file.ts'
import { issue } from '../testbed/certificates.ts'
import { composeIn, containerEngine, docker } from '../testbed/containers.ts'
import { mlflowPython } from '../testbed/mlflow-venv.ts'
import { need } from '../testbed/need.ts'
import {
  postgresPrograms,
  startPostgres,
  type PostgresOptions,
  type PostgresServerUnderTest,
} from '../testbed/postgres-server.ts'
import { adminUrlOf } from '../testbed/production.ts'
import { freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'
import { startStorage, storageProgram, type StorageServer, type StorageWish } from '../testbed/storage-server.ts'

const ENGINE = 'a Docker engine with the images of a stack'
const LONG = 280_000
/** Everything that shells, YAML, Compose, URLs and templates give a meaning to. */
const ODD = 'a$b\'c"d\\e#f g%h{{i}}${HOME}`j`\\'
const ADMIN = 'MLFLOW_SETUP_POSTGRES_ADMIN_URL'
const PASSWORD = 'MLFLOW_SETUP_ADMIN_PASSWORD'

let sandbox: Sandbox
let gateway: string
const engine = await containerEngine()
const stores: { stop(): Promise<void> }[] = []

beforeAll(async () => {
  sandbox = await makeSandbox()
  // Where containers find this machine.
  const format = '{{range .IPAM.Config}}{{println .Gateway}}{{end}}'
  const gateways = engine === undefined ? '' : await docker('network', 'inspect', 'bridge', '--format', format)
  gateway = gateways.split('\n')[0] ?? ''
})
afterAll(async () => {
  await sandbox.remove()
  for (const store of stores) await store.stop()
})

async function postgresHere(context: TestContext, listen: string, more: Partial<PostgresOptions> = {}) {
  need(context, await postgresPrograms(17), 'PostgreSQL 17')
  const server = await startPostgres({ major: 17, settings: { listen_addresses: listen }, ...more })
  stores.push(server)
  return server
}

async function storageHere(context: TestContext, wish: StorageWish) {
  need(context, storageProgram('minio'), 'MinIO')
  const server = await startStorage('minio', wish)
  stores.push(server)
  return server
}

const keysOf = ({ keys }: StorageServer) => ({ AWS_ACCESS_KEY_ID: keys.id, AWS_SECRET_ACCESS_KEY: keys.secret })

interface Wanted {
  readonly directory: string
  readonly url: string
  /** Sets it up. */
  make(env: Readonly<Record<string, string>>, more?: readonly string[]): ReturnType<Sandbox['run']>
  run(args: readonly string[], env?: Readonly<Record<string, string>>): ReturnType<Sandbox['run']>
}

async function stackOf(
  name: string,
  scenario: 4 | 5 | 6,
  more: Readonly<Record<string, string | number>>,
): Promise<Wanted> {
  const directory = join(sandbox.home, name)
  const url = `https://localhost:${await freePort()}`
  const project = `mixed-${name}-${process.pid}`
  const answers = { scenario, target: 'compose', dir: directory, name: project, 'public-url': url, workers: 1 }
  const flags = Object.entries({ ...answers, ...more }).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  return {
    directory,
    url,
    make: (env, words = []) => sandbox.run(['--yes', ...flags, ...words], { env }),
    run: (args, env = {}) => sandbox.run([...args, '--dir', directory], { env }),
  }
}

/** The status that a user gets there. */
async function loginTo({ url, directory }: Wanted, path: string, user: string, password: string): Promise<number> {
  const http = makeHttp()
  const ca = await readFile(join(directory, 'tls/ca.pem'), 'utf8')
  const login = { user, password: new Secret(password) }
  const { status } = await http.request({ method: 'GET', url: `${url}${path}`, login, ca, timeoutMs: 30_000 })
  http.close()
  return status
}

/** As on a wide terminal. */
const inOneLine = (text: string) => text.replaceAll(/\s+/g, ' ')

describe('values with odd characters', () => {
  it('come to a container as they were, by .env and by compose.yaml', async (context) => {
    need(context, engine, ENGINE)
    const parts = ['a', '$', '${HOME}', "'", '"', '\\', '#', ' ', '%', '{{', '`', '=', ': ', 'ü', '- ', '\\n', '@', '!']
    const pairs = parts.flatMap((one) => parts.map((other) => `x${one}${other}`))
    const values = [ODD, ...parts, ...pairs, ...pairs.map((pair) => `'\`${pair}`)].filter((text) => text.trim() !== '')
    const folder = join(sandbox.home, 'values')
    const lines = (show: (value: string, at: number) => string) => values.map(show).join('')
    await mkdir(folder)
    await writeFile(
      join(folder, '.env'),
      lines((value, at) => `V${at}=${renderComposeEnvValue(value)}\n`),
    )
    await writeFile(
      join(folder, 'compose.yaml'),
      `name: mixed-values
services:
  one:
    image: none
    env_file: .env
    command:\n${lines((value) => `      - ${renderComposeValue(value)}\n`)}    environment:\n${lines((_value, at) => `      W${at}: \${V${at}}\n`)}`,
    )
    const { one } = JSON.parse(await composeIn(folder, 'config', '--format', 'json')).services
    // What it prints is a Compose file again.
    const read = (text: string) => text.replaceAll('$$', '$')
    expect(one.command.map(read)).toEqual(values)
    expect(values.map((_value, at) => read(one.environment[`V${at}`]))).toEqual(values)
    expect(values.map((_value, at) => read(one.environment[`W${at}`]))).toEqual(values)
    expect(Object.values(parseEnvFile(await readFile(join(folder, '.env'), 'utf8')))).toEqual(values)
  })
})

describe('stores that only this machine reaches', () => {
  it('are refused before anything is changed', async (context) => {
    need(context, engine, ENGINE)
    const [postgres, storage] = await Promise.all([postgresHere(context, '127.0.0.1'), storageHere(context, {})])
    const made = await stackOf('alone', 5, {
      'postgres-port': postgres.port,
      's3-endpoint': storage.endpoint,
      's3-bucket': 'alone',
    })
    const env = { [ADMIN]: adminUrlOf(postgres), ...keysOf(storage) }
    const ran = await made.make(env, ['--postgres-host', 'localhost'])
    expect([ran.code, ran.out]).toEqual([2, ''])
    expect(inOneLine(ran.err)).toContain("set listen_addresses = '*' in its postgresql.conf")
    expect(inOneLine(ran.err)).toContain(
      `does not listen at ${gateway}, where containers find this machine; let it listen at all addresses`,
    )
    const socket = await made.make(env, ['--postgres-host', postgres.socketFolder])
    expect([socket.code, inOneLine(socket.err)]).toEqual([2, expect.stringContaining('is the folder of a socket')])
    expect(existsSync(made.directory)).toBe(false)
  })
})

describe('what a container finds out', () => {
  it(
    'pg_hba.conf has no line for it: it is told which one, and with that the next run goes on',
    async (context) => {
      need(context, engine, ENGINE)
      const hba = ['local all postgres peer', 'host all all 127.0.0.1/32 scram-sha-256']
      const postgres = await postgresHere(context, `127.0.0.1,${gateway}`, { hba })
      const made = await stackOf('closed', 5, {
        'postgres-host': '127.0.0.1',
        'postgres-port': postgres.port,
        'artifact-store': 'local',
        'test-client': 'off',
      })
      const ran = await made.make({ [ADMIN]: adminUrlOf(postgres) })
      const words = inOneLine(ran.err)
      expect([ran.code, words]).toEqual([1, expect.stringContaining("The server's pg_hba.conf lets nobody in from")])
      const [, line = ''] = /Add the line "([^"]+)"/.exec(words) ?? []
      await appendFile(join(postgres.socketFolder, 'data/pg_hba.conf'), `${line}\n`)
      await postgres.query('select pg_reload_conf()')
      expect((await made.run(['apply'])).code).toBe(0)
      expect((await made.run(['status'])).out).toMatch(/mlflow +running/)
    },
    LONG,
  )

  it(
    'a ready image lacks a driver: the package is named',
    async (context) => {
      need(context, engine, ENGINE)
      const storage = await storageHere(context, { host: '0.0.0.0' })
      const made = await stackOf('bare', 5, {
        'backend-store': 'sqlite',
        's3-endpoint': storage.endpoint,
        's3-bucket': 'bare',
        'mlflow-image': `ghcr.io/mlflow/mlflow:v${PINNED_MLFLOW_VERSION}`,
      })
      const ran = await made.make(keysOf(storage))
      expect([ran.code, inOneLine(ran.err)]).toEqual([
        1,
        expect.stringContaining('The image has no Python package boto3, which this stack needs.'),
      ])
    },
    LONG,
  )
})

describe('a database and a store of this machine, with logins of MLflow itself and one network let in', () => {
  let made: Wanted
  let postgres: PostgresServerUnderTest

  it(
    'work with passwords of odd characters, for both test clients',
    async (context) => {
      need(context, engine, ENGINE)
      postgres = await postgresHere(context, `127.0.0.1,${gateway}`)
      const storage = await storageHere(context, { host: '0.0.0.0', keys: { id: 'mixed', secret: ODD } })
      await postgres.query(`create role odd login password '${ODD.replaceAll("'", "''")}'`)
      for (const name of ['odd', 'odd_auth']) await postgres.query(`create database ${name} owner odd`)
      made = await stackOf('own', 5, {
        'postgres-host': '127.0.0.1',
        'postgres-port': postgres.port,
        'postgres-admin': 'none',
        'postgres-database': 'odd',
        'postgres-user': 'odd',
        's3-endpoint': storage.endpoint,
        's3-bucket': 'mixed',
        auth: 'basic-auth',
        'allow-from': '10.9.0.0/16',
        'test-client': 'all',
      })
      const ran = await made.make({ ...keysOf(storage), MLFLOW_SETUP_POSTGRES_PASSWORD: ODD, [PASSWORD]: ODD })
      expect([ran.code, ran.err]).toEqual([0, expect.not.stringContaining(ODD)])
      expect(inOneLine(ran.out)).toContain('Proven by HTTP calls and the Python client: 19 steps passed')
      expect(ran.out).not.toContain(ODD)
      const inside = await composeIn(made.directory, 'exec', '-T', 'mlflow', 'env', '-0')
      for (const name of ['PGPASSWORD', 'AWS_SECRET_ACCESS_KEY', 'MLFLOW_AUTH_ADMIN_PASSWORD'])
        expect(inside.split('\0')).toContain(`${name}=${ODD}`)
    },
    LONG,
  )

  it(
    'have users that come and go',
    async (context) => {
      need(context, engine, ENGINE)
      const password = `${ODD} of ada`
      const login = (user: string, secret: string) =>
        loginTo(made, '/api/2.0/mlflow/users/get?username=ada', user, secret)
      expect((await made.run(['user', 'add', 'ada'], { MLFLOW_SETUP_USER_PASSWORD: password })).code).toBe(0)
      expect(await login('ada', password)).toBe(200)
      expect(await loginTo(made, '/api/2.0/mlflow/users/get?username=admin', 'ada', password)).toBe(403)
      expect((await made.run(['user', 'list'])).out).toMatch(/ada +scrypt +not an administrator/)
      expect((await made.run(['user', 'passwd', 'admin'], { MLFLOW_SETUP_USER_PASSWORD: `new ${ODD}` })).code).toBe(0)
      expect(parseEnvFile(await readFile(join(made.directory, '.env'), 'utf8'))[PASSWORD]).toBe(`new ${ODD}`)
      expect((await made.run(['restart'])).code).toBe(0)
      expect([await login('ada', password), await login('admin', `new ${ODD}`)]).toEqual([200, 200])
      expect((await made.run(['user', 'remove', 'ada'])).code).toBe(0)
      expect(await login('ada', password)).toBe(401)
      const status = JSON.parse((await made.run(['status', '--json'])).out)
      expect(status).toMatchObject({ healthy: true })
      expect(status.parts.map(({ kind }: { kind: string }) => kind).toSorted()).toEqual([
        'bucket',
        'certificate',
        'database',
        'users',
      ])
      expect((await made.run(['plan', '--check'])).code).toBe(0)
      await composeIn(made.directory, 'stop', 'nginx')
      expect((await made.run(['user', 'list'])).err).toContain('MLflow does not run')
    },
    LONG,
  )
})

describe('a database of its own beside a store of this machine that speaks TLS', () => {
  it(
    'is proven in scenario 6, and has users of nginx that come and go',
    async (context) => {
      need(context, engine, ENGINE)
      const storage = await storageHere(context, { host: gateway, tls: true })
      const made = await stackOf('own-database', 6, {
        's3-endpoint': storage.endpoint,
        's3-bucket': 'mixed',
        's3-ca-file': storage.caFile ?? '',
        's3-prefix': 'team',
      })
      const ran = await made.make(keysOf(storage))
      expect([ran.code, ran.err]).toEqual([0, expect.not.stringContaining('bug')])
      const { parts } = JSON.parse((await made.run(['status', '--json'])).out)
      const version = expect.stringMatching(/^17\./)
      expect(parts).toContainEqual(expect.objectContaining({ kind: 'database', healthy: true, version }))
      expect(parts).toContainEqual(expect.objectContaining({ kind: 'bucket', healthy: true, name: 's3://mixed/team' }))
      expect((await made.run(['user', 'add', 'ada'], { MLFLOW_SETUP_USER_PASSWORD: ODD })).code).toBe(0)
      expect(await loginTo(made, '/version', 'ada', ODD)).toBe(200)
      expect((await made.run(['user', 'passwd', 'admin'], { MLFLOW_SETUP_USER_PASSWORD: ODD })).code).toBe(0)
      expect((await made.run(['user', 'remove', 'ada'])).code).toBe(0)
      expect([await loginTo(made, '/version', 'ada', ODD), await loginTo(made, '/version', 'admin', ODD)]).toEqual([
        401, 200,
      ])
      expect((await made.run(['plan', '--check'])).code).toBe(0)
    },
    LONG,
  )
})

/** What a data scientist does in scenario 4; the last word is a name that every layer would like to read in its own way. */
const CLIENT = `
import os, sys, boto3, mlflow
from boto3.s3.transfer import TransferConfig
name = sys.argv[1]
with mlflow.start_run() as run:
    mlflow.log_text("here", name)
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/{name}") == "here"
s3 = boto3.client("s3", endpoint_url=os.environ["MLFLOW_S3_ENDPOINT_URL"])
with open(sys.argv[2], "wb") as file:
    file.write(os.urandom(40_000_000))
s3.upload_file(sys.argv[2], "mlflow", "large", Config=TransferConfig(multipart_chunksize=8_000_000))
s3.download_file("mlflow", "large", f"{sys.argv[2]}.back")
assert open(sys.argv[2], "rb").read() == open(f"{sys.argv[2]}.back", "rb").read()
print("all there")
`

describe('a database of this machine that speaks TLS beside a store of its own', () => {
  it(
    'is proven in scenario 4, and serves clients outside with what the client command says',
    async (context) => {
      need(context, engine, ENGINE)
      const root = await issue(sandbox.home, { name: 'root', authority: true })
      const tls = await issue(sandbox.home, { name: 'server', hosts: [gateway], issuer: root })
      const hba = ['local all postgres peer', 'hostssl all all all scram-sha-256']
      const postgres = await postgresHere(context, gateway, { tls, hba })
      const made = await stackOf('own-store', 4, {
        'postgres-host': gateway,
        'postgres-port': postgres.port,
        'postgres-sslmode': 'verify-full',
        'postgres-ca-file': root.certificate,
        's3-public-endpoint': `https://localhost:${await freePort()}`,
      })
      const ran = await made.make({ [ADMIN]: adminUrlOf({ ...postgres, host: gateway }) })
      expect([ran.code, ran.err]).toEqual([0, expect.not.stringContaining('bug')])
      const { parts } = JSON.parse((await made.run(['status', '--json'])).out)
      expect(parts).toContainEqual(expect.objectContaining({ kind: 'bucket', healthy: true, objects: 0 }))
      const variables = parseEnvFile((await made.run(['client', '--format', 'dotenv'])).out)
      const python = await mlflowPython(PINNED_MLFLOW_VERSION)
      const words = ['-c', CLIENT, 'a b+c/ü & %20.txt', join(sandbox.home, 'large')]
      const client = await execa(python, words, {
        env: { PATH: process.env['PATH'] ?? '', HOME: sandbox.home, ...variables },
        extendEnv: false,
        reject: false,
      })
      expect([client.exitCode, client.stdout]).toEqual([0, expect.stringContaining('all there')])
    },
    LONG,
  )
})
