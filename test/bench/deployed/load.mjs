// In: a Site and a load. Out: what it carried: wrk for many connections, the real Python client for one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('log-metric.lua', import.meta.url))
const CLIENT = fileURLToPath(new URL('client.py', import.meta.url))

/** @typedef {import('./sites.mjs').Site} Site */
/** @typedef {{ requests: number, seconds: number, p99: number, errors: number }} Load p99 in milliseconds */

/**
 * Requests by wrk with keep-alive; `batch` 0 logs one metric a call.
 * @param {Pick<Site, 'url' | 'authorization'>} site
 * @param {{ run: string, clients: number, seconds: number, batch?: number }} wish
 * @returns {Promise<Load>}
 */
export async function drive({ url, authorization }, { run, clients, seconds, batch = 0 }) {
  const load = { MLFLOW_BENCH_RUN: run, MLFLOW_BENCH_BATCH: String(batch), MLFLOW_BENCH_AUTHORIZATION: authorization }
  const threads = String(Math.min(2, clients))
  const args = ['-t', threads, '-c', String(clients), '-d', `${seconds}s`, '--timeout', '120s', '-s', SCRIPT, url]
  const said = await collect('wrk', args, { ...process.env, ...load })
  const told = /^RESULT (.*)$/mu.exec(said)?.[1]
  if (told === undefined) throw new Error(`wrk has no result:\n${said}`)
  return JSON.parse(told)
}

/**
 * Seconds that the Python client takes for a task.
 * @param {string} python
 * @param {Site} site
 * @param {string[]} task
 * @param {{ under?: string[], env?: Record<string, string> }} options
 */
export async function askClient(python, { clientEnv }, task, { under = [], env = {} } = {}) {
  const [file = python, ...args] = [...under, python, CLIENT, ...task]
  const said = await collect(file, args, { PATH: process.env['PATH'], HOME: '/nonexistent', ...clientEnv, ...env })
  return Number(said.trim().split('\n').at(-1))
}

/** What a program writes on stdout; throws when it fails. */
async function collect(
  /** @type {string} */ file,
  /** @type {string[]} */ args,
  /** @type {Record<string, string | undefined>} */ env,
) {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`${file} failed:\n${err.slice(-2000)}`)
  return out
}

/** A run to log into. */
export async function makeRun(/** @type {Site} */ site) {
  const experiment = await call(site, 'experiments/create', { name: `load-${Date.now()}` })
  const { run } = await call(site, 'runs/create', { experiment_id: experiment.experiment_id, start_time: Date.now() })
  return String(run.info.run_id)
}

/** @returns {Promise<any>} */
function call(/** @type {Site} */ { localUrl }, /** @type {string} */ path, /** @type {object} */ body) {
  const headers = { 'content-type': 'application/json' }
  const options = { method: 'POST', headers, body: JSON.stringify(body) }
  return fetch(`${localUrl}/api/2.0/mlflow/${path}`, options).then((answer) => answer.json())
}

/** Milliseconds of the slowest of many `/health` calls, one after the other, until `stop` is aborted. */
export async function slowestHealth(/** @type {Site} */ { url }, /** @type {AbortSignal} */ stop) {
  const request = url.startsWith('https:') ? requestTls : requestPlain
  let slowest = 0
  while (!stop.aborted) {
    const started = performance.now()
    await new Promise((resolve, reject) => {
      const asked = request(`${url}/health`, { rejectUnauthorized: false }, (answer) =>
        answer.resume().on('end', resolve),
      )
      asked.on('error', reject).end()
    })
    slowest = Math.max(slowest, performance.now() - started)
  }
  return slowest
}

/** Proportional set size in MB of all processes below `roots`. */
export function memoryOf(/** @type {number[]} */ roots) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
  const parents = new Map(all.map((pid) => [pid, parentOf(pid)]))
  const isBelow = (/** @type {number} */ pid) => {
    for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (roots.includes(at)) return true
    return false
  }
  return all.filter(isBelow).reduce((sum, pid) => sum + pssOf(pid), 0) / 1024
}

function parentOf(/** @type {number} */ pid) {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
}

function pssOf(/** @type {number} */ pid) {
  return Number(/^Pss:\s+(\d+) kB$/mu.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
}

function read(/** @type {string} */ path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process has ended meanwhile.
    return ''
  }
}
