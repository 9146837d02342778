// In: nothing. Out: the programs that are compared: ours as it is built, and create-vite, which people compare a start with.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bin = join(root, 'dist/bin.js')

/** Fetched once from npm. Throws where it cannot be had: then there is nothing to compare with. */
export function createVite() {
  const folder = join(root, 'test/.cache/create-vite')
  const program = join(folder, 'node_modules/create-vite/index.js')
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', 'create-vite']
    spawnSync('npm', args, { stdio: ['ignore', 'ignore', 2] })
  }
  if (!existsSync(program)) throw new Error('create-vite cannot be had')
  return program
}

/** Milliseconds from the start to the end of a program that must end well. Its output goes nowhere. */
export function timeOf(/** @type {string} */ file, /** @type {string[]} */ args, /** @type {object} */ options = {}) {
  const started = performance.now()
  const ended = spawnSync(file, args, { ...options, stdio: 'pipe', maxBuffer: 1 << 26, encoding: 'utf8' })
  const time = performance.now() - started
  if (ended.status === 0) return time
  throw new Error(`${file} ${args.join(' ')} ended with ${ended.status}:\n${ended.stdout}${ended.stderr}`)
}

/**
 * Runs in an empty folder, which is removed afterwards.
 * @template T
 * @param {(folder: string) => T | Promise<T>} work
 */
export async function inFolder(work) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mlflow-setup-bench-')))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The environment of a new user with package indexes and certificates as this machine has them, and nothing else. */
export function userEnvironment(/** @type {string} */ home) {
  const passedOn = Object.entries(process.env).filter(([name]) =>
    /^(PATH|(PIP|UV)_.+|SSL_CERT_.+|NODE_EXTRA_CA_CERTS|https?_proxy|no_proxy)$/i.test(name),
  )
  return { ...Object.fromEntries(passedOn), HOME: home, LANG: 'C.UTF-8', npm_config_update_notifier: 'false' }
}
