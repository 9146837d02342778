// In: names of benchmarks, `--rounds N`. Out: the README's table of the budgets that they hold or miss. `npm run bench -- start-up --rounds 5`.
// `--short` shows in a few minutes that all of them measure; its figures say nothing. Ratios count, not times: both sides are measured in turns in one run. Nothing here is a test.
import { parseArgs } from 'node:util'
import { buildWhenStale } from '../../scripts/prepare.mjs'
import { coldNpx } from './cold-npx.mjs'
import { deployed, inContainers } from './deployed.mjs'
import { firstPrompt } from './first-prompt.mjs'
import { fromNothing, secondApply } from './from-nothing.mjs'
import { formatTable } from './measure.mjs'
import { startUp } from './start-up.mjs'

/** @type {Record<string, (rounds: number, options: { short: boolean }) => Promise<import('./measure.mjs').Row[]>>} */
const BENCHMARKS = {
  'start-up': startUp,
  'first-prompt': firstPrompt,
  'cold-npx': coldNpx,
  'second-apply': secondApply,
  'from-nothing': fromNothing,
  deployed,
  containers: inContainers,
}

async function main() {
  const options = /** @type {const} */ ({
    rounds: { type: 'string', default: '2' },
    short: { type: 'boolean', default: false },
  })
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const rounds = Number(values.rounds)
  const names = Object.keys(BENCHMARKS)
  const unknown = positionals.find((name) => !names.some((known) => known.startsWith(name)))
  if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write(`Usage: npm run bench -- [--rounds N] [--short] [${names.join(' | ')}]...\n`)
    process.exitCode = 2
    return
  }
  await buildWhenStale()
  const rows = []
  for (const [name, measure] of Object.entries(BENCHMARKS)) {
    if (positionals.length > 0 && !positionals.some((wanted) => name.startsWith(wanted))) continue
    const begun = performance.now()
    rows.push(...(await measure(rounds, { short: values.short })))
    process.stderr.write(`${name}: ${Math.round((performance.now() - begun) / 1000)} s\n`)
  }
  process.stdout.write(`${formatTable(rows)}\n`)
}

await main()
