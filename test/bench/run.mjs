// In: the built program. Out: the budgets of the start-up as ratios and differences, measured in turns in one run. `npm run bench`.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWhenStale } from '../../scripts/prepare.mjs'

const ROUNDS = 25
const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = join(root, 'dist/bin.js')

/** The program that people compare a start with, fetched once from npm; undefined where it cannot be had. */
function createVite() {
  const folder = join(root, 'test/.cache/create-vite')
  const program = join(folder, 'node_modules/create-vite/index.js')
  if (!existsSync(program)) {
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', 'create-vite']
    spawnSync('npm', args, { stdio: ['ignore', 'ignore', 2] })
  }
  return existsSync(program) ? program : undefined
}

/** Milliseconds from the start to the end of a process. */
function timeOf(/** @type {string[]} */ args) {
  const started = performance.now()
  spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  return performance.now() - started
}

/** Medians, in milliseconds, measured in turns so that other work on the machine meets all alike. */
function measure(/** @type {Record<string, string[]>} */ cases) {
  /** @type {Record<string, number[]>} */
  const times = {}
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, args] of Object.entries(cases)) times[name] = [...(times[name] ?? []), timeOf(args)]
  }
  const median = (/** @type {number[]} */ list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]))
}

function main() {
  const other = createVite()
  const cases = { 'node -e 0': ['-e', '0'], '--version': [bin, '--version'], '--help': [bin, '--help'] }
  const medians = measure(other === undefined ? cases : { ...cases, 'create-vite --help': [other, '--help'] })
  const base = medians['node -e 0'] ?? 0
  const rival = medians['create-vite --help']
  console.log(`Node.js ${process.versions.node}, median of ${ROUNDS} runs in turns`)
  for (const [name, time] of Object.entries(medians)) {
    const ratio = rival === undefined ? '' : `   ${(time / rival).toFixed(2)} x create-vite`
    console.log(
      `${name.padEnd(20)}${time.toFixed(1).padStart(7)} ms   node + ${(time - base).toFixed(1).padStart(5)} ms${ratio}`,
    )
  }
  console.log('budget: --help and --version within node + 15 ms, and not above create-vite')
}

await buildWhenStale()
main()
