// In: a folder. Out: a PostgreSQL server and an S3 server of this machine in it, for both sides of a comparison.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const START_LIMIT_MS = 300_000
const STOP_LIMIT_MS = 30_000
/** Of servers that listen on 127.0.0.1 for the time of a benchmark. */
export const KEYS = { id: 'benchkey1', secret: 'benchsecret1' }
const ADMIN_PASSWORD = 'bench-admin'

/** @typedef {{ port: number, adminUrl: string, query: (database: string, sql: string) => string }} Postgres */
/** @typedef {{ stop: () => Promise<void> }} Running */

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Whether somebody listens there. @returns {Promise<boolean>} */
export function listens(/** @type {number} */ port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = connect({ port, host })
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

/**
 * A program in a group of its own, so that its workers end with it. What it says is in a file in `cwd`.
 * @param {string} file
 * @param {string[]} args
 * @param {{ env: Record<string, string | undefined>, cwd: string }} options
 * @returns {Running & { pid: number }}
 */
export function start(file, args, options) {
  const log = openSync(join(options.cwd, `${basename(file)}.log`), 'a')
  const child = spawn(file, args, { ...options, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  const ended = once(child, 'exit')
  const { pid } = child
  if (pid === undefined) throw new Error(`${file} cannot be started`)
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGTERM')
    const kill = setTimeout(() => process.kill(-pid, 'SIGKILL'), STOP_LIMIT_MS)
    await ended
    clearTimeout(kill)
  }
  return { pid, stop }
}

/** Until `look` is true; throws with `what` when that takes too long. */
export async function until(/** @type {string} */ what, /** @type {() => boolean | Promise<boolean>} */ look) {
  const limit = performance.now() + START_LIMIT_MS
  while (!(await look())) {
    if (performance.now() > limit) throw new Error(`waited in vain for ${what}`)
    await sleep(20)
  }
}

function newestPostgres() {
  const folder = '/usr/lib/postgresql'
  const versions = existsSync(folder) ? readdirSync(folder).toSorted((a, b) => Number(b) - Number(a)) : []
  const [newest] = versions
  if (newest === undefined) throw new Error('the benchmark needs PostgreSQL of a Debian package')
  return join(folder, newest, 'bin')
}

/**
 * As the system's user postgres, because a server refuses to run as root. `hosts`: where it listens, the first for us.
 * @returns {Promise<Postgres & Running>}
 */
export async function startPostgres(/** @type {string} */ folder, /** @type {string[]} */ hosts) {
  const programs = newestPostgres()
  const port = await freePort()
  const data = join(folder, 'data')
  mkdirSync(folder)
  writeFileSync(join(folder, 'password'), ADMIN_PASSWORD)
  spawnSync('chown', ['-R', 'postgres:', folder])
  const as = ['--reuid=postgres', '--regid=postgres', '--init-groups']
  const initdb = [join(programs, 'initdb'), '-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '-E', 'UTF8']
  spawnSync('setpriv', [...as, ...initdb, '--pwfile', join(folder, 'password')], { cwd: folder, stdio: 'ignore' })
  // Containers come from networks of their own.
  appendFileSync(join(data, 'pg_hba.conf'), 'host all all 0.0.0.0/0 scram-sha-256\n')
  const listen = [
    '-c',
    `listen_addresses=${hosts.join(',')}`,
    '-c',
    `port=${port}`,
    '-c',
    `unix_socket_directories=${folder}`,
  ]
  // Both sides at once: the deployed stack, and the stock server with four workers.
  const args = [...as, join(programs, 'postgres'), '-D', data, ...listen, '-c', 'max_connections=300']
  const running = start('setpriv', args, { env: process.env, cwd: folder })
  const env = {
    ...process.env,
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGUSER: 'postgres',
    PGPASSWORD: ADMIN_PASSWORD,
  }
  const query = (/** @type {string} */ database, /** @type {string} */ sql) =>
    spawnSync('psql', ['-X', '-A', '-t', '-d', database, '-c', sql], { env, encoding: 'utf8' }).stdout.trim()
  await until('PostgreSQL', () => query('postgres', 'select 1') === '1')
  return { ...running, port, query, adminUrl: `postgresql://postgres:${ADMIN_PASSWORD}@127.0.0.1:${port}/postgres` }
}

/** `host`: where it listens. @returns {Promise<{ endpoint: string, port: number } & Running>} */
export async function startStorage(/** @type {string} */ folder, /** @type {string} */ host) {
  const program = join(process.env['TESTBED_HOME'] ?? '/opt/mlflow-setup-testbed', 'bin/versitygw')
  if (!existsSync(program)) throw new Error('the benchmark needs versitygw, an S3 server')
  const port = await freePort()
  mkdirSync(folder)
  chmodSync(folder, 0o700)
  const env = { ...process.env, ROOT_ACCESS_KEY: KEYS.id, ROOT_SECRET_KEY: KEYS.secret }
  const running = start(program, ['--port', `${host}:${port}`, 'posix', folder], { env, cwd: folder })
  // By name: what it means can be changed for one client.
  const endpoint = `http://${host === '127.0.0.1' ? 'localhost' : host}:${port}`
  await until('the S3 server', () => listens(port, host))
  return { ...running, port, endpoint }
}
