// In: the built program. Out: how long `--help` and `--version` take, into a pipe, as scripts use them.
import { compare, exceed, measureInTurns } from './measure.mjs'
import { bin, createVite, timeOf } from './programs.mjs'

/** @returns {Promise<import('./measure.mjs').Row[]>} */
export async function startUp(/** @type {number} */ rounds) {
  const vite = createVite()
  const node =
    (/** @type {string[]} */ ...args) =>
    () =>
      timeOf(process.execPath, args)
  const samples = {
    node: node('-e', '0'),
    help: node(bin, '--help'),
    version: node(bin, '--version'),
    vite: node(vite, '--help'),
  }
  const of = await measureInTurns(samples, { rounds: rounds * 15, warmUp: 3 })
  return [
    exceed({ name: '--help', ours: of('help'), peerName: 'node -e 0', peer: of('node'), more: 15 }),
    exceed({ name: '--version', ours: of('version'), peerName: 'node -e 0', peer: of('node'), more: 15 }),
    compare({ name: '--help', ours: of('help'), peerName: 'create-vite --help', peer: of('vite'), most: 1 }),
    compare({ name: '--version', ours: of('version'), peerName: 'create-vite --help', peer: of('vite'), most: 1 }),
  ]
}
