// In: a Site and a load. Out: what it carried: wrk for many connections, the real Python client for one.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
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
  const said = await collect('wrk', args, { ...process.env, ...load }, undefined)
  const told = /^RESULT (.*)$/mu.exec(said)?.[1]
  if (told === undefined) throw new Error(`wrk has no result:\n${said}`)
  return JSON.parse(told)
}

/**
 * Seconds that the Python client takes for a task. Throws when it fails.
 * @param {string} python
 * @param {Pick<Site, 'clientEnv'>} site
 * @param {string[]} task
 * @param {{ under?: string[], env?: Record<string, string>, limitMs?: number }} options
 */
export async function askClient(python, { clientEnv }, task, { under = [], env = {}, limitMs } = {}) {
  const [file = python, ...args] = [...under, python, CLIENT, ...task]
  const own = { PATH: process.env['PATH'], HOME: '/nonexistent', MLFLOW_DISABLE_TELEMETRY: 'true' }
  const said = await collect(file, args, { ...own, ...clientEnv, ...env }, limitMs)
  return Number(said.trim().split('\n').at(-1))
}

/** What a program writes on stdout; throws when it fails or takes longer than the limit. */
async function collect(
  /** @type {string} */ file,
  /** @type {string[]} */ args,
  /** @type {Record<string, string | undefined>} */ env,
  /** @type {number | undefined} */ limitMs,
) {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs, killSignal: 'SIGKILL' })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  const [status, signal] = await once(child, 'close')
  if (status !== 0) throw new Error(`${file} ended with ${status ?? signal}:\n${err.slice(-2000)}`)
  return out
}

/** A run to log into. */
export async function makeRun(/** @type {Site} */ site) {
  const experiment = await call(site, 'experiments/create', { name: `load-${randomUUID()}` })
  const { run } = await call(site, 'runs/create', { experiment_id: experiment.experiment_id, start_time: Date.now() })
  return String(run.info.run_id)
}

/** @returns {Promise<any>} */
async function call(/** @type {Site} */ { localUrl }, /** @type {string} */ path, /** @type {object} */ body) {
  const headers = { 'content-type': 'application/json' }
  const options = { method: 'POST', headers, body: JSON.stringify(body) }
  const answer = await fetch(`${localUrl}/api/2.0/mlflow/${path}`, options)
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}
