// In: this checkout, packed. Out: how long `npx` takes from an empty cache to the program's answer.
// A registry far away would measure the line, and ours is not published: so a registry on this machine serves both packages.
import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compare, measureInTurns } from './measure.mjs'
import { createVite, inFolder, root, userEnvironment } from './programs.mjs'

const run = promisify(execFile)

/** @typedef {{ manifest: { name: string, version: string }, bytes: Buffer }} Packed */

/** @returns {Packed} */
function pack(/** @type {string} */ folder, /** @type {string} */ to) {
  // Without scripts: what is measured is what was built before.
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', to]
  const { stdout, status } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm pack failed in ${folder}`)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return { manifest, bytes: readFileSync(join(to, stdout.trim().split('\n').at(-1) ?? '')) }
}

/** What npm asks a registry about a package. */
function describe(/** @type {Packed} */ { manifest, bytes }, /** @type {string} */ address) {
  const { name, version } = manifest
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  const dist = { tarball: `${address}/${name}.tgz`, integrity }
  const published = { ...manifest, devDependencies: undefined, scripts: undefined, dist }
  return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: published } })
}

/** @returns {Promise<{ address: string, close: () => void }>} */
async function serve(/** @type {Packed[]} */ packages) {
  let address = ''
  const server = createServer((request, response) => {
    const wanted = (request.url ?? '').slice(1)
    const found = packages.find(({ manifest: { name } }) => wanted === name || wanted === `${name}.tgz`)
    if (found === undefined) response.writeHead(404).end('{}')
    else if (wanted.endsWith('.tgz')) response.end(found.bytes)
    else response.setHeader('content-type', 'application/json').end(describe(found, address))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const bound = server.address()
  address = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`
  return {
    address,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** @returns {Promise<import('./measure.mjs').Row[]>} */
export async function coldNpx(/** @type {number} */ rounds) {
  const vite = join(createVite(), '..')
  return inFolder(async (folder) => {
    const registry = await serve([pack(root, folder), pack(vite, folder)])
    let number = 0
    const time = async (/** @type {string[]} */ ...command) => {
      const home = join(folder, `home-${(number += 1)}`)
      mkdirSync(home)
      const settings = ['--registry', registry.address, '--cache', join(home, 'cache'), '--no-audit']
      const started = performance.now()
      // Not spawnSync: the registry answers from this very process.
      await run('npm', ['exec', '--yes', ...settings, '--', ...command], { cwd: home, env: userEnvironment(home) })
      return performance.now() - started
    }
    const samples = { ours: () => time('mlflow-setup', '--help'), vite: () => time('create-vite', '--help') }
    try {
      const of = await measureInTurns(samples, { rounds: rounds * 3, warmUp: 1 })
      const peer = of('vite')
      return [compare({ name: 'npx, empty cache', ours: of('ours'), peerName: 'create-vite', peer, most: 1.1 })]
    } finally {
      registry.close()
    }
  })
}
