// In: a checkout in any state. Out: its packages installed and dist/ built, each only when it is missing or stale.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Milliseconds since 1970, or 0 where there is no such file. */
function changedAt(/** @type {string} */ path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** The newest change in a folder, deleted files included: those change the time of their folder. */
function newestIn(/** @type {string} */ folder) {
  /** @type {number} */
  let newest = changedAt(folder)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    newest = Math.max(newest, entry.isDirectory() ? newestIn(path) : changedAt(path))
  }
  return newest
}

/** npm writes this file last, so an installation that was stopped half way has none. */
function packagesAreStale() {
  return changedAt(join(root, 'node_modules/.package-lock.json')) < changedAt(join(root, 'package-lock.json'))
}

function buildIsStale() {
  const sources = ['package.json', 'package-lock.json'].map((name) => changedAt(join(root, name)))
  const newest = Math.max(...sources, newestIn(join(root, 'src')), newestIn(join(root, 'scripts')))
  return changedAt(join(root, 'dist/bin.js')) < newest || !existsSync(join(root, 'THIRD-PARTY-LICENSES.txt'))
}

/**
 * Runs npm with this Node.js; its output goes to stderr, because stdout belongs to the program that follows.
 * @returns {number} its exit code
 */
function npm(/** @type {string[]} */ ...args) {
  const script = process.env['npm_execpath']
  const [file, first] = script === undefined ? ['npm', []] : [process.execPath, [script]]
  return spawnSync(file, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2] }).status ?? 1
}

/**
 * Installs the packages of the lock file where they are missing or older than it.
 * @returns {boolean} false when npm failed; it has said why
 */
export function installPackages() {
  if (!packagesAreStale()) return true
  process.stderr.write('Installing packages: npm ci\n')
  // The level, because `npm start --silent` would also silence the reason why this fails.
  return npm('ci', '--no-audit', '--no-fund', '--loglevel=error') === 0
}

/** Builds dist/ when a source is newer. */
export async function buildWhenStale() {
  if (!buildIsStale()) return
  const { buildPackage } = await import('./build.mjs')
  await buildPackage()
}
