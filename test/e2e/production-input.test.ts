// In: one mistake at a time, on real servers. Out: one error that names input, reason and cure, and nothing was changed.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { makeObjectStores } from '../../src/ports/object-stores.ts'
import { Secret } from '../../src/secret.ts'
import { issue, type Issued } from '../testbed/certificates.ts'
import { need } from '../testbed/need.ts'
import { makeNetworkNamespace } from '../testbed/network-namespace.ts'
import { findNginxProgram } from '../testbed/nginx-server.ts'
import { postgresPrograms, startPostgres, type PostgresServerUnderTest } from '../testbed/postgres-server.ts'
import { adminUrlOf, openSandbox, productionStack, type ProductionStack } from '../testbed/production.ts'
import { eventually, freePort, makeSandbox, type RunOptions, type Sandbox } from '../testbed/sandbox.ts'
import { realPorts } from '../testbed/services.ts'
import { addUser, startStorage, storageProgram, STORAGE_KEYS, type StorageServer } from '../testbed/storage-server.ts'

const STRANGER = { id: 'stranger', secret: 'strangers-secret-1' }
const GUEST = { id: 'guest', secret: 'wr0ng-guest-secret' }
const ROLES = `create role taken login password 'another one';
  create role maker login createrole password 'maker';
  create role founder login createdb password 'founder';
  create database foreign_tables;
  create database of_postgres;`

interface World {
  readonly postgres: PostgresServerUnderTest
  /** Takes nobody without TLS; its certificate is for `db.example`. */
  readonly encrypted: PostgresServerUnderTest
  /** A bucket `strangers` is in it, of somebody else. */
  readonly storage: StorageServer
  /** Its region is eu-north-1, and it has a web console. */
  readonly minio: StorageServer
  /** Speaks TLS, with a certificate that signs itself. */
  readonly secure: StorageServer
  /** Takes connections and says nothing. */
  readonly silent: number
  readonly authority: Issued
  /** A PEM file that has nothing to do with anything here. */
  readonly stranger: Issued
  /** Of `localhost`, by that authority. */
  readonly certificate: Issued
  readonly stack: ProductionStack
}

let sandbox: Sandbox
let folder: string
let world: World | undefined
const started: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-input-'))
  sandbox = await makeSandbox()
  await openSandbox(sandbox)
  const programs = await postgresPrograms(17)
  const needed = [programs, storageProgram('minio'), storageProgram('versitygw'), findNginxProgram()]
  if (needed.every((program) => program !== undefined)) world = await startWorld()
})

afterAll(async () => {
  await Promise.all(started.map((stop) => stop()))
  await sandbox.remove()
  await rm(folder, { recursive: true, force: true })
})

async function keep<T extends { stop(): Promise<void> }>(server: Promise<T>): Promise<T> {
  const running = await server
  started.push(() => running.stop())
  return running
}

async function startWorld(): Promise<World> {
  const authority = await issue(folder, { name: 'root', authority: true })
  const stranger = await issue(folder, { name: 'stranger', authority: true })
  const tls = await issue(folder, { name: 'database', hosts: ['db.example'], issuer: authority })
  const certificate = await issue(folder, { name: 'localhost', hosts: ['localhost'], issuer: authority })
  const hba = ['local all postgres peer', 'hostssl all all all scram-sha-256']
  const [postgres, encrypted, storage, minio, secure] = await Promise.all([
    keep(startPostgres({ major: 17 })),
    keep(startPostgres({ major: 17, tls, hba })),
    keep(startStorage('versitygw')),
    keep(startStorage('minio', { region: 'eu-north-1' })),
    keep(startStorage('versitygw', { tls: true })),
  ])
  for (const statement of ROLES.split(';\n')) await postgres.query(statement)
  await postgres.query('create table invoices (id int)', 'foreign_tables')
  for (const user of [STRANGER, GUEST]) await addUser(storage, user, 'userplus')
  await makeBucket(storage)
  const stack = await productionStack(sandbox, 5, { postgres, storage, name: 'team' })
  const silent = await listenSilently()
  return { postgres, encrypted, storage, minio, secure, silent, authority, stranger, certificate, stack }
}

/** Of somebody else's. */
async function makeBucket({ endpoint, region }: StorageServer): Promise<void> {
  const store = await makeObjectStores().open({
    endpoint,
    region,
    bucket: 'strangers',
    addressing: 'path',
    checksums: 'when_required',
    caFile: undefined,
    keys: { id: new Secret(STRANGER.id), secret: new Secret(STRANGER.secret), session: undefined },
  })
  await store.create(AbortSignal.timeout(30_000))
  store.close()
}

async function listenSilently(): Promise<number> {
  const port = await freePort()
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(port, '127.0.0.1')
  started.push(async () => server.close())
  return port
}

interface Refusal {
  readonly exit: number
  readonly code: string
  /** What happened, why, and what to do. */
  readonly text: string
}

/** The one error that it ends with: with a reason and a cure, or as one line of the table of wrong answers. */
async function refuse(args: readonly string[], options: RunOptions): Promise<Refusal> {
  const { code: exit, out, err } = await sandbox.run(['--yes', '--json', ...args], options)
  const document = JSON.parse(out)
  const [{ code, message, because, hint, problems = [] }, ...more] = document.errors
  const [problem] = problems
  const told = problem === undefined ? [because, hint?.text] : [problem.name, problem.message]
  if (err !== '' || more.length > 0 || problems.length > 1 || told.some((part) => typeof part !== 'string'))
    throw new Error(`not one clear error: ${out}${err}`)
  return { exit, code, text: [message, ...told, hint?.command ?? problem?.variable].join(' ') }
}

interface Wrong {
  /** Over those of a stack that would do. */
  readonly flags?: Readonly<Record<string, string | number>>
  readonly env?: Readonly<Record<string, string>>
}

interface Mistake {
  readonly is: string
  wrong(world: World): Wrong | Promise<Wrong>
  /** Exit code and code of the error. */
  readonly gets: readonly [exit: 1 | 2, code: string]
  /** What the text has: the input, the reason, the cure. */
  readonly says: readonly (string | RegExp)[]
}

interface Made extends Refusal {
  /** What it should say and does not. */
  readonly unsaid: readonly unknown[]
  readonly leaked: readonly string[]
  readonly changed: boolean
}

/** Makes the mistake, and looks at what it could have changed. */
async function make(context: TestContext, { wrong, says }: Mistake): Promise<Made> {
  const there = need(context, world, 'PostgreSQL 17, MinIO, versitygw and nginx')
  const { flags = {}, env = {} } = await wrong(there)
  const { stack, postgres } = there
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  const before = await stateOf(there)
  const refusal = await refuse([...stack.flags, ...words], { env: { ...stack.options.env, ...env } })
  const secrets = [postgres.password.reveal(), STORAGE_KEYS.secret, ...Object.values(env).filter(isSecret)]
  return {
    ...refusal,
    unsaid: says.filter((part) => !isSaid(part, refusal.text)),
    leaked: secrets.filter((secret) => refusal.text.includes(secret)),
    changed: JSON.stringify(await stateOf(there)) !== JSON.stringify(before),
  }
}

function isSaid(part: string | RegExp, text: string): boolean {
  return typeof part === 'string' ? text.includes(part) : part.test(text)
}

/** Databases, roles, buckets, and files of the user. */
async function stateOf({ postgres, encrypted, storage, minio, secure }: World): Promise<unknown> {
  const sql = 'select datname as name from pg_database union select rolname from pg_roles order by 1'
  const buckets = [storage, minio, secure].map((server) => readdir(join(server.folder, 'data')))
  const servers = [postgres.query(sql), encrypted.query(sql)]
  return Promise.all([readdir(sandbox.home), ...buckets, ...servers])
}

const isSecret = (value: string) => value.startsWith('wr0ng')

const admin = (server: PostgresServerUnderTest, user: string, password: string) => ({
  MLFLOW_SETUP_POSTGRES_ADMIN_URL: adminUrlOf(server).replace(/\/\/[^@]*@/, `//${user}:${password}@`),
})

/** The login of the encrypted server, with the program's own settings of TLS. */
const atEncrypted = ({ encrypted }: World, flags: Wrong['flags']): Wrong => ({
  flags: { 'postgres-host': encrypted.host, 'postgres-port': encrypted.port, ...flags },
  env: { MLFLOW_SETUP_POSTGRES_ADMIN_URL: adminUrlOf(encrypted) },
})

const DATABASES: readonly Mistake[] = [
  {
    is: 'a wrong password of the administrator',
    wrong: ({ postgres }) => ({ env: admin(postgres, 'postgres', 'wr0ng-one') }),
    gets: [2, 'database.wrong-password'],
    says: [
      /PostgreSQL at 127\.0\.0\.1:\d+ refused the password of the role "postgres"/,
      'MLFLOW_SETUP_POSTGRES_ADMIN_URL',
    ],
  },
  {
    is: 'a wrong password of the role',
    wrong: () => ({
      flags: { 'postgres-admin': 'none', 'postgres-user': 'taken', 'postgres-database': 'of_postgres' },
      env: { MLFLOW_SETUP_POSTGRES_PASSWORD: 'wr0ng-one' },
    }),
    gets: [2, 'database.wrong-password'],
    says: ['the password of the role "taken"', 'MLFLOW_SETUP_POSTGRES_PASSWORD or --postgres-user'],
  },
  {
    is: 'a host that nobody knows',
    wrong: () => ({ flags: { 'postgres-host': 'no.such.host.invalid' } }),
    gets: [2, 'database.unknown-host'],
    says: ['no.such.host.invalid', 'Correct --postgres-host'],
  },
  {
    is: 'a port where nothing listens',
    wrong: () => ({ flags: { 'postgres-port': 1 } }),
    gets: [2, 'database.refused'],
    says: ['PostgreSQL at 127.0.0.1:1', 'Nothing listens on that port', 'correct --postgres-host and --postgres-port'],
  },
  {
    is: 'a host that never answers',
    wrong: ({ silent }) => ({ flags: { 'postgres-port': silent } }),
    gets: [2, 'database.no-answer'],
    says: ['Nothing came back in time', '--postgres-host and --postgres-port'],
  },
  {
    is: 'a role that exists with another password',
    wrong: () => ({ flags: { 'postgres-user': 'taken' } }),
    gets: [2, 'database.role-taken'],
    says: ['already has a role "taken"', 'another password', 'MLFLOW_SETUP_POSTGRES_PASSWORD'],
  },
  {
    is: 'an administrator who may make no databases',
    wrong: ({ postgres }) => ({ env: admin(postgres, 'maker', 'maker') }),
    gets: [2, 'database.no-right'],
    says: ['The role "maker"', 'may not create databases', 'CREATEDB', 'ALTER ROLE'],
  },
  {
    is: 'an administrator who may make no roles',
    wrong: ({ postgres }) => ({ env: admin(postgres, 'founder', 'founder') }),
    gets: [2, 'database.no-right'],
    says: ['The role "founder"', 'may not create roles', 'CREATEROLE'],
  },
  {
    is: 'a database of somebody else',
    wrong: () => ({ flags: { 'postgres-database': 'of_postgres' } }),
    gets: [2, 'database.owned-by-other'],
    says: ['"of_postgres"', 'belongs to the role "postgres"', '--postgres-database'],
  },
  {
    is: 'a login of nobody who may make anything',
    wrong: () => ({ env: { MLFLOW_SETUP_POSTGRES_ADMIN_URL: '' } }),
    gets: [2, 'answers.wrong'],
    says: [
      'MLFLOW_SETUP_POSTGRES_PASSWORD missing: the password of the database role',
      'MLFLOW_SETUP_POSTGRES_ADMIN_URL',
    ],
  },
  {
    is: 'TLS of a server that has none',
    wrong: () => ({ flags: { 'postgres-sslmode': 'require' } }),
    gets: [2, 'database.no-tls'],
    says: ['does not speak TLS', '--postgres-sslmode disable'],
  },
  {
    is: 'no TLS with a server that wants it',
    wrong: (there) => atEncrypted(there, { 'postgres-sslmode': 'disable' }),
    gets: [2, 'database.tls-wanted'],
    says: ['without TLS', '--postgres-sslmode require'],
  },
  {
    is: 'roots that have not signed the certificate',
    wrong: (there) =>
      atEncrypted(there, { 'postgres-sslmode': 'verify-full', 'postgres-ca-file': there.stranger.certificate }),
    gets: [2, 'database.certificate-untrusted'],
    says: ['--postgres-ca-file'],
  },
  {
    is: 'a certificate of another host',
    wrong: (there) =>
      atEncrypted(there, { 'postgres-sslmode': 'verify-full', 'postgres-ca-file': there.authority.certificate }),
    gets: [2, 'database.certificate-other-host'],
    says: ['db.example', '--postgres-host'],
  },
]

const STORES: readonly Mistake[] = [
  {
    is: 'an invalid name of a bucket',
    wrong: () => ({ flags: { 's3-bucket': 'My_Bucket' } }),
    gets: [2, 'answers.wrong'],
    says: ['--s3-bucket "My_Bucket" has capital letters; write them small', 'MLFLOW_SETUP_S3_BUCKET'],
  },
  {
    is: 'a bucket of somebody else',
    wrong: () => ({
      flags: { 's3-bucket': 'strangers' },
      env: { AWS_ACCESS_KEY_ID: GUEST.id, AWS_SECRET_ACCESS_KEY: GUEST.secret },
    }),
    gets: [2, 's3.forbidden'],
    says: ['strangers', 'belongs to somebody else', 'give other keys'],
  },
  {
    is: 'an access key that nobody has',
    wrong: () => ({ env: { AWS_ACCESS_KEY_ID: 'AKIANOBODY' } }),
    gets: [2, 's3.wrong-key-id'],
    says: ['does not know the access key', 'AWS_ACCESS_KEY_ID'],
  },
  {
    is: 'a wrong secret',
    wrong: () => ({ env: { AWS_SECRET_ACCESS_KEY: 'wr0ng-secret' } }),
    gets: [2, 's3.wrong-secret'],
    says: ['the secret does not fit', 'AWS_SECRET_ACCESS_KEY'],
  },
  {
    is: 'a wrong region',
    wrong: ({ minio }) => ({ flags: { 's3-endpoint': minio.endpoint, 's3-region': 'us-east-1' } }),
    gets: [2, 's3.wrong-region'],
    says: ['us-east-1 is not the region', '--s3-region eu-north-1'],
  },
  {
    is: 'an endpoint without a scheme',
    wrong: ({ storage }) => ({ flags: { 's3-endpoint': storage.endpoint.replace('http://', '') } }),
    gets: [2, 'answers.wrong'],
    says: [/--s3-endpoint "127\.0\.0\.1:\d+" has no scheme; write http:\/\/127\.0\.0\.1:\d+ or https:/],
  },
  {
    is: 'an endpoint with the bucket in its path',
    wrong: ({ storage }) => ({ flags: { 's3-endpoint': `${storage.endpoint}/team` } }),
    gets: [2, 'answers.wrong'],
    says: [/has a path; write http:\/\/127\.0\.0\.1:\d+ and name the bucket separately/],
  },
  {
    is: 'an endpoint with the bucket in its host name',
    wrong: () => ({ flags: { 's3-endpoint': 'https://team.s3.example.com' } }),
    gets: [2, 'answers.wrong'],
    says: ['--s3-bucket "team"', 'write https://s3.example.com'],
  },
  {
    is: 'the web console of the store',
    wrong: ({ minio }) => ({ flags: { 's3-endpoint': minio.consoleUrl } }),
    gets: [2, 's3.console'],
    says: ['is the web console of an object store', 'The API is at'],
  },
  {
    is: 'a store that does not answer',
    wrong: () => ({ flags: { 's3-endpoint': 'http://127.0.0.1:1' } }),
    gets: [1, 's3.refused'],
    says: ['http://127.0.0.1:1 refused the connection', 'correct the endpoint'],
  },
  {
    is: 'https where the store speaks plain HTTP',
    wrong: ({ storage }) => ({ flags: { 's3-endpoint': storage.endpoint.replace('http:', 'https:') } }),
    gets: [2, 's3.not-tls'],
    says: [/does not speak TLS.*Write http:\/\/127/],
  },
  {
    is: 'a certificate of the store that nothing here trusts',
    wrong: ({ secure }) => ({ flags: { 's3-endpoint': secure.endpoint } }),
    gets: [2, 's3.tls-untrusted'],
    says: [/https:\/\/127\.0\.0\.1:\d+/, '--s3-ca-file'],
  },
]

/** The chain that clients take, in one file. */
async function chainOf({ authority }: World, { certificate }: Issued): Promise<string> {
  const path = `${certificate}.chain`
  await writeFile(path, (await readFile(certificate, 'utf8')) + (await readFile(authority.certificate, 'utf8')))
  return path
}

const CERTIFICATES: readonly Mistake[] = [
  {
    is: 'for another host',
    wrong: async (there) => {
      const other = await issue(folder, { name: 'other', hosts: ['ml.example'], issuer: there.authority })
      return withFiles(await chainOf(there, other), other.key)
    },
    gets: [2, 'tls.other-host'],
    says: ['other.pem.chain is not for localhost', 'It is for ml.example', 'or a public address that it is for'],
  },
  {
    is: 'that has expired',
    wrong: async (there) => {
      const dates = { from: -9, until: -2 }
      const old = await issue(folder, { name: 'old', hosts: ['localhost'], issuer: there.authority, ...dates })
      return withFiles(await chainOf(there, old), old.key)
    },
    gets: [2, 'tls.expired'],
    says: ['old.pem.chain has expired', /It ended on \d{4}-\d\d-\d\d/, 'Renew it first'],
  },
  {
    is: 'with the key of another one',
    wrong: async (there) => withFiles(await chainOf(there, there.certificate), there.stranger.key),
    gets: [2, 'tls.key-mismatch'],
    says: ['stranger.key is not that of the certificate', 'Give the two files that were made together'],
  },
]

const withFiles = (certificate: string, key: string): Wrong => ({
  flags: { tls: 'files', 'tls-cert': certificate, 'tls-key': key },
})

/** Before everything else that Node.js runs: the time is another one. */
async function shiftClock(minutes: number): Promise<string> {
  const path = join(folder, `clock${minutes}.cjs`)
  await writeFile(
    path,
    `const Real = Date
    const now = () => Real.now() + ${minutes * 60_000}
    globalThis.Date = class extends Real {
      constructor(...words) { super(...(words.length === 0 ? [now()] : words)) }
      static now() { return now() }
    }`,
  )
  return `--require=${path}`
}

const CLOCKS: readonly Mistake[] = [
  {
    is: '40 minutes ahead',
    wrong: async () => ({ env: { NODE_OPTIONS: await shiftClock(40) } }),
    gets: [1, 's3.clock-wrong'],
    says: ['40 minutes ahead, by the clock of http://127.0.0.1', 'timedatectl set-ntp true'],
  },
]

/** One that answers 204 on these ports. Resolves with its pid. */
async function startNginx(ports: readonly number[], under: readonly string[] = []): Promise<number> {
  const at = await mkdtemp(join(folder, 'nginx-'))
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const temporary = kinds.map((name) => `${name}_temp_path ${at}/${name};`)
  const servers = ports.map((port) => `server { listen ${port}; return 204; }`)
  const config = `daemon off; master_process off; pid ${at}/pid; error_log stderr; events {}
    http { access_log off; ${temporary.join(' ')} ${servers.join(' ')} }`
  await writeFile(join(at, 'nginx.conf'), config)
  const [file, ...args] = [...under, findNginxProgram() ?? 'nginx', '-c', join(at, 'nginx.conf')]
  const child = spawn(file, args, { stdio: 'ignore' })
  started.push(async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  await eventually(
    () => readFile(join(at, 'pid'), 'utf8').catch(() => ''),
    (text) => text !== '',
  )
  return child.pid ?? 0
}

const PORTS: readonly Mistake[] = [
  {
    is: 'that another nginx has',
    wrong: async () => {
      const port = await freePort()
      await startNginx([port])
      return { flags: { 'public-url': `https://localhost:${port}` } }
    },
    gets: [2, 'answers.wrong'],
    says: [/--public-url port \d+ is taken by nginx \(pid \d+\); free is https:\/\/localhost/],
  },
]

describe.each([
  ['a database server with', DATABASES],
  ['a store with', STORES],
  ['a certificate', CERTIFICATES],
  ['a clock', CLOCKS],
  ['a public port', PORTS],
])('%s', (_, mistakes) => {
  const named = mistakes.map((mistake) => [mistake.is, mistake] as const)
  it.concurrent.for(named)('%s is refused, and nothing is changed', async ([, mistake], context) => {
    const { exit, code, text, unsaid, leaked, changed } = await make(context, mistake)
    expect([exit, code], text).toEqual(mistake.gets)
    expect({ unsaid, leaked, changed }, text).toEqual({ unsaid: [], leaked: [], changed: false })
  })
})

describe("a public port that the system's nginx has", () => {
  it('leads to a site in it', async (context) => {
    need(context, world, 'PostgreSQL 17, MinIO, versitygw and nginx')
    const network = need(context, await makeNetworkNamespace(), 'a network namespace')
    const pid = await startNginx([80, 443], network.under)
    started.push(() => network.close())
    const stack = ['--scenario', '5', '--dir', join(sandbox.home, 'site'), '--backend-store', 'sqlite']
    const args = [...stack, '--public-url', 'https://ml.example']
    const { exit, text } = await refuse([...args, '--proxy', 'managed'], { under: network.under })
    const words = `--proxy port 443 is taken by nginx (pid ${pid}); take system, which adds a site to it`
    expect([exit, text]).toEqual([2, expect.stringContaining(words)])
    const plan = await sandbox.run(['plan', ...args], { under: network.under })
    expect([plan.code, plan.out]).toEqual([0, expect.stringContaining("site in the system's nginx")])
    expect(await readdir(sandbox.home)).toEqual([])
  })
})

/** Space to tilde. */
const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => at + 32))
const ODD = {
  database: `My "Runs" 100% it's ä`,
  role: `ro le "ä" %s`,
  store: { id: 'testkey1', secret: `k${PRINTABLE}k` },
  // bcrypt reads no more than 72 bytes.
  login: PRINTABLE.slice(0, 48) + PRINTABLE.slice(-24),
}

describe('names and passwords with every printable character', () => {
  it('lead to a stack that is proven, beside users that others put into its password file', async (context) => {
    const { postgres, stack } = need(context, world, 'PostgreSQL 17, MinIO, versitygw and nginx')
    await postgres.query(`create role "ad min" superuser login password '${PRINTABLE.replaceAll("'", "''")}'`)
    const store = await keep(startStorage('minio', { keys: ODD.store }))
    const own = { 'postgres-database': ODD.database, 'postgres-user': ODD.role, 's3-endpoint': store.endpoint }
    const flags = Object.entries(own).flatMap(([flag, value]) => [`--${flag}`, value])
    const env = {
      ...admin(postgres, encodeURIComponent('ad min'), encodeURIComponent(PRINTABLE)),
      MLFLOW_SETUP_POSTGRES_PASSWORD: PRINTABLE,
      MLFLOW_SETUP_ADMIN_PASSWORD: ODD.login,
      AWS_SECRET_ACCESS_KEY: ODD.store.secret,
    }
    const made = await sandbox.run(['--yes', ...stack.flags, ...flags, '--test-client', 'all'], {
      env: { ...stack.options.env, ...env },
    })
    expect([made.code, made.err]).toEqual([0, expect.not.stringContaining('bug')])

    const passwords = join(stack.directory, 'nginx/htpasswd')
    const foreign = `# since 2019\neve:${await hashOf('of eve')}\n`
    await writeFile(passwords, foreign + (await readFile(passwords, 'utf8')))
    const again = ['--yes', '--dir', stack.directory, '--test-client', 'rest']
    const changed = await sandbox.run(again, { env: { MLFLOW_SETUP_ADMIN_PASSWORD: 'another one' } })
    expect([changed.code, changed.err]).toEqual([0, expect.not.stringContaining('bug')])
    expect((await readFile(passwords, 'utf8')).startsWith(foreign)).toBe(true)
    expect(
      await Promise.all([login('eve', 'of eve'), login('admin', 'another one'), login('admin', ODD.login)]),
    ).toEqual([200, 200, 401])
  })

  async function hashOf(password: string): Promise<string> {
    return (await promisify(execFile)('openssl', ['passwd', '-apr1', password])).stdout.trim()
  }

  async function login(user: string, password: string): Promise<number> {
    const { url = '', directory = '' } = world?.stack ?? {}
    const ca = await readFile(join(directory, 'tls/ca.pem'), 'utf8')
    const about = { method: 'GET', url: `${url}/version`, timeoutMs: 30_000, ca } as const
    return (await realPorts().http.request({ ...about, login: { user, password: new Secret(password) } })).status
  }
})
