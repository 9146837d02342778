// In: this machine's Python and package index. Out: how long it takes from nothing to a proven server, by one command and by hand.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compare, exceed, measureInTurns } from './measure.mjs'
import { bin, inFolder, timeOf, userEnvironment } from './programs.mjs'

const MLFLOW = '3.17.2'
const START_LIMIT_MS = 300_000

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** The interpreter that both sides take. */
function findPython() {
  const { stdout } = spawnSync('python3', ['-c', 'import sys; print(sys._base_executable)'], { encoding: 'utf8' })
  return stdout.trim()
}

/** @typedef {{ folder: string, env: Record<string, string | undefined>, python: string }} Place */

/** One command; the stack is stopped when the time is taken. */
async function setUpByUs(/** @type {Place} */ { folder, env, python }) {
  const stack = join(folder, 'stack')
  const answers = ['--yes', '--dir', stack, '--python', python, '--test-client', 'rest']
  const place = ['--public-url', `http://127.0.0.1:${await freePort()}`, '--service', 'background']
  try {
    return timeOf(process.execPath, [bin, ...answers, ...place], { env, cwd: folder })
  } finally {
    spawnSync(process.execPath, [bin, 'stop', '--dir', stack], { env, stdio: 'ignore' })
  }
}

/** As the documentation of MLflow has it, with the same proof at the end. */
async function setUpByHand(/** @type {Place} */ { folder, env, python }) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const inVenv = (/** @type {string} */ name) => join(folder, 'venv/bin', name)
  const options = { env, cwd: folder }
  const started = performance.now()
  timeOf(python, ['-m', 'venv', join(folder, 'venv')], options)
  timeOf(inVenv('pip'), ['install', '--quiet', `mlflow==${MLFLOW}`], options)
  const store = ['--backend-store-uri', 'sqlite:///mlflow.db', '--port', String(port)]
  // A group of its own, so that the workers end with it.
  const server = spawn(inVenv('mlflow'), ['server', ...store], { ...options, detached: true, stdio: 'ignore' })
  const ended = once(server, 'exit')
  try {
    await untilHealthy(url)
    timeOf(process.execPath, [bin, 'test', url, '--test-client', 'rest'], options)
    return performance.now() - started
  } finally {
    if (server.pid !== undefined) process.kill(-server.pid, 'SIGTERM')
    await ended
  }
}

async function untilHealthy(/** @type {string} */ url) {
  const limit = performance.now() + START_LIMIT_MS
  for (;;) {
    const answer = await fetch(`${url}/health`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok === true) return
    if (performance.now() > limit) throw new Error('the server made by hand never answered')
    await sleep(50)
  }
}

/**
 * A new HOME each time, with the package caches that `caches` names.
 * @param {(place: Place) => Promise<number>} setUp
 * @param {() => string} caches
 * @returns {import('./measure.mjs').Sample}
 */
function sample(setUp, caches) {
  return () =>
    inFolder((folder) => {
      const at = caches()
      const env = { ...userEnvironment(folder), PIP_CACHE_DIR: join(at, 'pip'), UV_CACHE_DIR: join(at, 'uv') }
      return setUp({ folder, env, python: findPython() })
    })
}

/** First with a new cache in each round; those of the last one are then the warm ones. @returns {Promise<import('./measure.mjs').Row[]>} */
export async function fromNothing(/** @type {number} */ rounds) {
  return inFolder(async (folder) => {
    let round = 0
    const last = () => join(folder, String(round))
    const next = () => {
      round += 1
      return last()
    }
    const cold = await measureInTurns(
      { ours: sample(setUpByUs, next), hand: sample(setUpByHand, last) },
      { rounds, warmUp: 0 },
    )
    const warm = await measureInTurns(
      { ours: sample(setUpByUs, last), hand: sample(setUpByHand, last) },
      { rounds, warmUp: 0 },
    )
    const row = (/** @type {string} */ name, /** @type {typeof cold} */ of, /** @type {number} */ most) =>
      compare({ name, ours: of('ours'), peerName: 'by hand', peer: of('hand'), most })
    return [
      row('from nothing to a proven server, warm package caches', warm, 0.2),
      row('from nothing to a proven server, with the download', cold, 0.27),
    ]
  })
}

/** @returns {Promise<import('./measure.mjs').Row[]>} */
export async function secondApply(/** @type {number} */ rounds) {
  return inFolder(async (folder) => {
    mkdirSync(join(folder, 'home'))
    const env = userEnvironment(join(folder, 'home'))
    const stack = join(folder, 'stack')
    const url = `http://127.0.0.1:${await freePort()}`
    const answers = ['--yes', '--dir', stack, '--public-url', url, '--service', 'background', '--test-client', 'off']
    try {
      timeOf(process.execPath, [bin, ...answers], { env })
      const samples = {
        ours: () => timeOf(process.execPath, [bin, 'apply', '--dir', stack], { env }),
        node: () => timeOf(process.execPath, ['-e', '0'], { env }),
      }
      const of = await measureInTurns(samples, { rounds: rounds * 5, warmUp: 2 })
      return [exceed({ name: 'second apply', ours: of('ours'), peerName: 'node -e 0', peer: of('node'), more: 1000 })]
    } finally {
      spawnSync(process.execPath, [bin, 'stop', '--dir', stack], { env, stdio: 'ignore' })
    }
  })
}
