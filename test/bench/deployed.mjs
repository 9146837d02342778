// In: this machine's PostgreSQL, nginx and S3 server. Out: Row, the deployed stack against a stock `mlflow server`, in turns.
import { setTimeout as sleep } from 'node:timers/promises'
import { containerDeploy } from './deployed/containers.mjs'
import { manyCalls, manyClients, pythonCalls } from './deployed/calls.mjs'
import { hiddenStore, presigned, uploads } from './deployed/files.mjs'
import { makeRun } from './deployed/load.mjs'
import { nativeDeploy, withSites } from './deployed/sites.mjs'
import { memoryOf } from './deployed/watch.mjs'
import { compare, measureInTurns } from './measure.mjs'
import { inFolder } from './programs.mjs'

/** @typedef {import('./deployed/sites.mjs').Sites} Sites */
/** @typedef {import('./measure.mjs').Row} Row */

const LOAD = { metrics: 300, seconds: 8, freezeSeconds: 40, megabytes: 512 }
/** Shows in a minute that every row yields a figure; the figures say nothing. */
const SHORT = { metrics: 10, seconds: 1, freezeSeconds: 4, megabytes: 16 }

/** What an address decides, and not a name, cannot be hidden from one client. */
const WITHOUT_NAMES = [boot, memory, pythonCalls, manyCalls, manyClients, uploads, presigned]

/** In this order: memory after a start and before any load, and the store is hidden until it is shown. */
const PARTS = [boot, memory, pythonCalls, manyCalls, manyClients, hiddenStore, uploads, presigned]

/** A part that fails is told, and the others are measured all the same. @returns {Promise<Row[]>} */
export function deployed(/** @type {number} */ rounds, /** @type {{ short: boolean }} */ options) {
  return measureAll(rounds, options, nativeDeploy(), PARTS)
}

/** The same in containers. @returns {Promise<Row[]>} */
export async function inContainers(/** @type {number} */ rounds, /** @type {{ short: boolean }} */ options) {
  const rows = await measureAll(rounds, options, containerDeploy(), WITHOUT_NAMES)
  return rows.map((row) => ({ ...row, name: `in containers: ${row.name}` }))
}

/** @returns {Promise<Row[]>} */
function measureAll(
  /** @type {number} */ rounds,
  /** @type {{ short: boolean }} */ { short },
  /** @type {import('./deployed/sites.mjs').Deploy} */ deploy,
  /** @type {((sites: Sites, load: typeof LOAD & { rounds: number }) => Promise<Row[]>)[]} */ parts,
) {
  const load = { rounds, ...(short ? SHORT : LOAD) }
  return inFolder((folder) =>
    withSites(folder, deploy, async (sites) => {
      /** @type {Row[]} */
      const rows = []
      for (const measure of parts) {
        const begun = performance.now()
        await measure(sites, load).then(
          (measured) => rows.push(...measured),
          (error) => {
            process.stderr.write(`${error}\n`)
            process.exitCode = 1
          },
        )
        process.stderr.write(`  ${measure.name}: ${Math.round((performance.now() - begun) / 1000)} s\n`)
      }
      return rows
    }),
  )
}

/** One second after the first call, before any load. @returns {Promise<Row[]>} */
async function memory(/** @type {Sites} */ { ours, stock }, /** @type {{ rounds: number }} */ { rounds }) {
  await Promise.all([makeRun(ours), makeRun(stock)])
  await sleep(1000)
  const samples = { ours: () => memoryOf(ours.roots()), stock: () => memoryOf(stock.roots()) }
  const of = await measureInTurns(samples, { rounds, warmUp: 0 })
  const facts = { ours: of('ours'), peerName: stock.name, peer: of('stock') }
  return [{ ...compare({ name: 'memory, idle', ...facts, most: 0.3 }), unit: 'MB' }]
}

/** From the start to the first answer. @returns {Promise<Row[]>} */
async function boot(/** @type {Sites} */ { ours, stock }, /** @type {{ rounds: number }} */ { rounds }) {
  const samples = { ours: () => ours.restart(), stock: () => stock.restart() }
  const of = await measureInTurns(samples, { rounds, warmUp: 0 })
  const facts = { ours: of('ours'), peerName: stock.name, peer: of('stock') }
  return [compare({ name: 'start to the first answer', ...facts, most: 0.6 })]
}
