// In: a checkout in any state. Out: every check and test run; the last line is `N passed, N failed`. Run as `npm test`.
// Arguments go to vitest. MLFLOW_SETUP_TEST_ALL=1 makes a skipped test a failure.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackages } from './prepare.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules/.bin')
const reportFile = join(root, 'test/.cache/report.json')

/** @typedef {{ passed: number, failed: number, skipped: { name: string, why: string }[] }} Tally */

/** Programs that tests need, and the packages of Debian and Ubuntu that have them. */
const SYSTEM_NEEDS = [
  {
    check: ['python3', '-c', 'import ensurepip, sys; sys.exit(sys.version_info < (3, 10))'],
    packages: ['python3-venv'],
  },
  { check: ['fish', '--version'], packages: ['fish'] },
  { check: ['openssl', 'version'], packages: ['openssl'] },
  { check: ['/usr/sbin/nginx', '-v'], packages: ['nginx-light'] },
  // On Debian 12 that is 15; other versions come from npm (test/testbed/postgres-server.ts).
  { check: ['sh', '-c', 'ls /usr/lib/postgresql/*/bin/initdb'], packages: ['postgresql'] },
  { check: ['ip', '-V'], packages: ['iproute2'] },
  { check: ['sh', '-c', 'command -v certutil'], packages: ['libnss3-tools'] },
  // Without a font its pages have no text.
  { check: ['chromium', '--version'], packages: ['chromium', 'fonts-dejavu-core'] },
]

/** Static checks, each counted as one. */
const CHECKS = [
  { name: 'build', command: ['node', 'scripts/build.mjs'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'lint', command: ['oxlint'] },
  { name: 'types', command: ['tsc'] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
  { name: 'package', command: ['publint', 'run', '--strict'] },
]

/** On Debian and Ubuntu as root: the packages that are missing. Elsewhere the tests that need them are skipped and say so. */
function installSystemPackages() {
  const missing = SYSTEM_NEEDS.filter(({ check: [file = '', ...args] }) => spawnSync(file, args).status !== 0)
  const packages = missing.flatMap((need) => need.packages)
  if (packages.length === 0 || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return
  process.stdout.write(`Installing for the tests: apt-get install ${packages.join(' ')}\n`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['-qq', 'update'], { stdio: ['ignore', 1, 2], env })
  // Ubuntu has no package chromium, and apt-get installs nothing when it does not know one of the names.
  const known = packages.filter((name) => spawnSync('apt-cache', ['show', name]).status === 0)
  spawnSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...known], {
    stdio: ['ignore', 1, 2],
    env,
  })
}

/**
 * Runs a program of `node_modules/.bin`, or Node.js itself, to its end.
 * @param {string[]} command
 * @param {'pipe' | 'inherit'} output
 * @returns {Promise<{ exitCode: number, text: string }>} what it wrote, where `output` is `pipe`
 */
function runTool([name = '', ...args], output = 'pipe') {
  const file = name === 'node' ? process.execPath : join(bin, name)
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', output, output] })
    let text = ''
    child.stdout?.on('data', (chunk) => (text += chunk))
    child.stderr?.on('data', (chunk) => (text += chunk))
    child.on('error', (error) => resolve({ exitCode: 127, text: error.message }))
    child.on('close', (code) => resolve({ exitCode: code ?? 1, text }))
  })
}

/** Runs the static checks one after the other and shows what the failed ones say. */
async function runChecks() {
  /** @type {Tally} */
  const tally = { passed: 0, failed: 0, skipped: [] }
  for (const { name, command } of CHECKS) {
    const { exitCode, text } = await runTool(command)
    process.stdout.write(`${exitCode === 0 ? 'passed' : 'FAILED'}  ${name}\n`)
    if (exitCode !== 0) process.stdout.write(`${text}\n`)
    tally[exitCode === 0 ? 'passed' : 'failed'] += 1
  }
  return tally
}

/**
 * Runs vitest and counts from its JSON report. A file that could not be loaded, and a run that broke off, count as one failure each.
 * @returns {Promise<Tally>}
 */
async function runTests(/** @type {string[]} */ args) {
  mkdirSync(join(root, 'test/.cache'), { recursive: true })
  rmSync(reportFile, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const { exitCode } = await runTool(['vitest', 'run', ...reporters, ...args], 'inherit')
  if (!existsSync(reportFile)) return { passed: 0, failed: 1, skipped: [] }
  const report = JSON.parse(readFileSync(reportFile, 'utf8'))
  const skipped = []
  let broken = 0
  for (const { name, status, assertionResults } of report.testResults) {
    const failed = assertionResults.filter((/** @type {{ status: string }} */ test) => test.status === 'failed')
    if (status === 'failed' && failed.length === 0) broken += 1
    for (const test of assertionResults) {
      if (test.status === 'passed' || test.status === 'failed') continue
      skipped.push({ name: test.fullName.trim() || name, why: test.meta?.skipped ?? 'no reason given' })
    }
  }
  const failed = report.numFailedTests + broken
  return { passed: report.numPassedTests, failed: exitCode === 0 ? failed : Math.max(failed, 1), skipped }
}

async function main() {
  if (!installPackages()) {
    process.stdout.write('0 passed, 1 failed\n')
    process.exitCode = 1
    return
  }
  installSystemPackages()
  const checks = await runChecks()
  const tests = await runTests(process.argv.slice(2))
  const all = process.env['MLFLOW_SETUP_TEST_ALL'] === '1'
  for (const { name, why } of tests.skipped)
    process.stdout.write(`${all ? 'FAILED, skipped' : 'skipped'}: ${name} (${why})\n`)
  const failed = checks.failed + tests.failed + (all ? tests.skipped.length : 0)
  const skipped = all || tests.skipped.length === 0 ? '' : `, ${tests.skipped.length} skipped`
  process.stdout.write(`${checks.passed + tests.passed} passed, ${failed} failed${skipped}\n`)
  process.exitCode = failed === 0 ? 0 : 1
}

await main()
