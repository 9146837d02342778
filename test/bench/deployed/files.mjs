// In: Sites. Out: Row, how files come and go: one large upload, what it takes of memory, disk and patience, and a hidden store.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepBelow, measureInTurns, one, outdo } from '../measure.mjs'
import { askClient } from './load.mjs'
import { startPlainNginx } from './plain-nginx.mjs'
import { heldByNginx, memoryOf, timeHealth, watch } from './watch.mjs'

/** A client that goes to a store that it cannot reach tries for two minutes. */
const PATIENCE_MS = 30_000
/** What a client does for itself when the server does not do it for all. */
const PRESIGNED = { MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'true' }
const PROXIED = { MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'false', MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: 'false' }

/** @typedef {import('./sites.mjs').Sites} Sites */
/** @typedef {import('./sites.mjs').Site} Site */
/** @typedef {import('../measure.mjs').Row} Row */
/** @typedef {{ rounds: number, megabytes: number }} FileLoad */

/** The deployed proxy, and the block of the guides before the same server. @returns {Promise<Row[]>} */
export async function uploads(/** @type {Sites} */ sites, /** @type {FileLoad} */ { rounds, megabytes }) {
  const { ours, python, folder } = sites
  const place = { folder: join(folder, 'guide-nginx'), upstream: ours.localUrl, certificate: '', key: '' }
  const guide = await startPlainNginx({ ...place, tuned: false })
  const asGuide = { ...ours, name: 'the block of guides', clientEnv: { ...PROXIED, MLFLOW_TRACKING_URI: guide.url } }
  const send = (/** @type {Pick<Site, 'clientEnv'>} */ to) => () => askClient(python, to, ['upload', String(megabytes)])
  const rate = (/** @type {Site} */ to) => () => send(to)().then((seconds) => megabytes / seconds)
  try {
    const before = memoryOf(ours.roots())
    const of = await measureInTurns({ ours: rate(ours), guide: rate(asGuide) }, { rounds, warmUp: 1 })
    const grown = memoryOf(ours.roots()) - before
    const health = await watch(send(ours), () => timeHealth(ours))
    const held = await watch(send(ours), () => heldByNginx(ours.roots()))
    const heldByGuide = await watch(send(asGuide), () => heldByNginx([guide.pid]))
    const peer = { peerName: asGuide.name, peer: one(Math.max(...heldByGuide.seen)) }
    const name = `upload of ${megabytes} MiB`
    return [
      outdo({ name, ours: of('ours'), peerName: asGuide.name, peer: of('guide'), least: 1.2, unit: 'MiB/s' }),
      keepBelow({ name: '… disk of nginx', ours: one(Math.max(...held.seen)), ...peer, most: 0, unit: 'MB' }),
      keepBelow({ name: '… memory afterwards, 2 workers', ours: one(grown), most: 240, unit: 'MB' }),
      keepBelow({ name: '… slowest `/health`', ours: one(Math.max(...health.seen)), most: 300, unit: 'ms' }),
    ]
  } finally {
    await guide.stop()
  }
}

/** With a store that clients may reach: it is told to the stack by a second run. @returns {Promise<Row[]>} */
export async function presigned(/** @type {Sites} */ { ours, python }, /** @type {FileLoad} */ { rounds, megabytes }) {
  ours.showStore()
  const rate = (/** @type {Record<string, string>} */ env) => async () =>
    megabytes / (await askClient(python, ours, ['upload', String(megabytes)], { env }))
  const samples = { straight: rate(PRESIGNED), proxied: rate(PROXIED) }
  const of = await measureInTurns(samples, { rounds, warmUp: 0 })
  const facts = { ours: of('straight'), peerName: 'through the server', peer: of('proxied') }
  return [outdo({ name: 'upload straight to the store', ...facts, least: 2, unit: 'MiB/s' })]
}

/** For the client the store is at an address of this machine where nobody listens. @returns {Promise<Row[]>} */
export async function hiddenStore(/** @type {Sites} */ { ours, stock, python, folder }) {
  const hosts = join(folder, 'hosts')
  writeFileSync(hosts, '127.0.0.2 localhost\n')
  const view = [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-ec',
    'mount --bind "$0" /etc/hosts; exec "$@"',
  ]
  const load = (/** @type {Site} */ site) =>
    askClient(python, site, ['download', '100'], { under: [...view, hosts], limitMs: PATIENCE_MS })
  const us = (await load(ours)) * 1000
  const begun = performance.now()
  const peer = await load(stock).then(
    (seconds) => ({ peerName: stock.name, peer: one(seconds * 1000) }),
    () => ({ peerName: `${stock.name} (failed, or given up)`, peer: one(performance.now() - begun) }),
  )
  return [keepBelow({ name: 'small download, store out of reach', ours: one(us), ...peer, most: 1000, unit: 'ms' })]
}
