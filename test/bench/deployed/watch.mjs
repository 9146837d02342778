// In: processes, a server or a database. Out: what becomes of them while something else goes on.
import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Looks again and again until `work` has ended.
 * @template T, S
 * @param {() => Promise<T>} work
 * @param {() => Promise<S>} look
 * @returns {Promise<{ result: T, seen: S[] }>}
 */
export async function watch(work, look) {
  const end = new AbortController()
  const looking = async () => {
    const seen = []
    while (!end.signal.aborted) seen.push(await look())
    return seen
  }
  const [result, seen] = await Promise.all([work().finally(() => end.abort()), looking()])
  return { result, seen }
}

/** Milliseconds that one `/health` takes, on a connection of its own. */
export async function timeHealth(/** @type {import('./sites.mjs').Site} */ { url }) {
  const request = url.startsWith('https:') ? requestTls : requestPlain
  const started = performance.now()
  await new Promise((resolve, reject) => {
    const asked = request(`${url}/health`, { rejectUnauthorized: false, agent: false }, (answer) =>
      answer.resume().on('end', resolve),
    )
    asked.on('error', reject).end()
  })
  return performance.now() - started
}

/** Transactions that the database has taken so far, a second later. */
export async function countCommits(
  /** @type {import('./services.mjs').Postgres} */ postgres,
  /** @type {string} */ database,
) {
  await sleep(1000)
  return Number(postgres.query('postgres', `select xact_commit from pg_stat_database where datname = '${database}'`))
}

/** MB of the disk that the nginx below `roots` holds for what it passes on: files that have no name any more. */
export async function heldByNginx(/** @type {number[]} */ roots) {
  await sleep(20)
  return bytesOf(processesBelow(roots).filter((pid) => read(`/proc/${pid}/comm`).trim() === 'nginx')) / 1e6
}

function bytesOf(/** @type {number[]} */ pids) {
  const files = pids.flatMap((pid) => list(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`))
  return files.reduce((sum, fd) => sum + bytesWithoutName(fd), 0)
}

function bytesWithoutName(/** @type {string} */ fd) {
  try {
    if (!/^\/(?!dev\/zero|memfd:).* \(deleted\)$/u.test(readlinkSync(fd))) return 0
    return statSync(fd).blocks * 512
  } catch {
    // Closed meanwhile.
    return 0
  }
}

/** Proportional set size in MB of all processes below `roots`. */
export function memoryOf(/** @type {number[]} */ roots) {
  return processesBelow(roots).reduce((sum, pid) => sum + pssOf(pid), 0) / 1024
}

/** The roots and all that descend from them. */
function processesBelow(/** @type {number[]} */ roots) {
  const all = list('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
  const parents = new Map(all.map((pid) => [pid, parentOf(pid)]))
  return all.filter((pid) => {
    for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (roots.includes(at)) return true
    return false
  })
}

function parentOf(/** @type {number} */ pid) {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
}

function pssOf(/** @type {number} */ pid) {
  return Number(/^Pss:\s+(\d+) kB$/mu.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
}

// Processes end while they are looked at: what is gone is empty.

function read(/** @type {string} */ path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(/** @type {string} */ path) {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
