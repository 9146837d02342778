// In: Sites. Out: Row, what the stack carries: one client and many, with and without its proxy, and 150 at once.
import { join } from 'node:path'
import { keepBelow, measureInTurns, one, outdo } from '../measure.mjs'
import { askClient, drive, makeRun } from './load.mjs'
import { startPlainNginx } from './plain-nginx.mjs'
import { countCommits, watch } from './watch.mjs'

/** @typedef {import('./sites.mjs').Sites} Sites */
/** @typedef {import('./sites.mjs').Site} Site */
/** @typedef {import('../measure.mjs').Row} Row */
/** @typedef {{ rounds: number, metrics: number, seconds: number, freezeSeconds: number }} CallLoad */

/** The real Python client, through login and TLS on our side. @returns {Promise<Row[]>} */
export async function pythonCalls(/** @type {Sites} */ { ours, stock, python }, /** @type {CallLoad} */ load) {
  const { rounds, metrics } = load
  const rate = (/** @type {Site} */ site) => async () =>
    metrics / (await askClient(python, site, ['log-metrics', String(metrics)]))
  const of = await measureInTurns({ ours: rate(ours), stock: rate(stock) }, { rounds, warmUp: 0 })
  const facts = { ours: of('ours'), peerName: stock.name, peer: of('stock') }
  return [outdo({ name: 'Python client, `log_metric`', ...facts, least: 7, unit: 'calls/s' })]
}

/** The same calls to all, so that each row has its peer in the same turns. @returns {Promise<Row[]>} */
export async function manyCalls(/** @type {Sites} */ sites, /** @type {CallLoad} */ load) {
  const { ours, stock, folder } = sites
  const certificate = join(ours.certificates, 'certificate.pem')
  const key = join(ours.certificates, 'key.pem')
  const place = { folder: join(folder, 'open-nginx'), upstream: ours.localUrl, certificate, key }
  const nginx = await startPlainNginx({ ...place, tuned: true })
  const open = { ...ours, name: 'no login', url: nginx.url, authorization: '' }
  const direct = { ...ours, name: 'MLflow itself', url: ours.localUrl, authorization: '' }
  const row = (/** @type {string} */ what, /** @type {number} */ least, /** @type {Site} */ peer) => ({
    name: what,
    least,
    peer,
  })
  try {
    return [
      ...(await compareCalls(ours, 1, load, [
        row('`log_metric`, 1 client', 7, stock),
        row('the login, 1 client', 0.95, open),
        row('TLS, login and gzip, 1 client', 0.93, direct),
      ])),
      ...(await compareCalls(ours, 16, load, [
        row('`log_metric`, 16 clients', 1.4, stock),
        row('the login, 16 clients', 0.95, open),
      ])),
      ...(await compareCalls(ours, 64, load, [row('`log_metric`, 64 clients', 1, stock)])),
    ]
  } finally {
    await nginx.stop()
  }
}

/** @returns {Promise<Row[]>} */
async function compareCalls(
  /** @type {Site} */ ours,
  /** @type {number} */ clients,
  /** @type {CallLoad} */ { rounds, seconds },
  /** @type {{ name: string, least: number, peer: Site }[]} */ rows,
) {
  const sites = [ours, ...rows.map(({ peer }) => peer)]
  const samples = Object.fromEntries(sites.map((site) => [site.name, () => throughput(site, clients, seconds)]))
  for (const site of sites) await throughput(site, clients, Math.min(2, seconds))
  const of = await measureInTurns(samples, { rounds, warmUp: 0 })
  return rows.map(({ name, least, peer }) =>
    outdo({ name, ours: of(ours.name), peerName: peer.name, peer: of(peer.name), least, unit: 'req/s' }),
  )
}

/** Requests in a second; throws when one failed. */
async function throughput(/** @type {Site} */ site, /** @type {number} */ clients, /** @type {number} */ seconds) {
  const load = await drive(site, { run: await makeRun(site), clients, seconds })
  if (load.errors > 0) throw new Error(`${load.errors} of ${load.requests} requests to ${site.name} failed`)
  return load.requests / load.seconds
}

/** Batches of 150 clients at once: nothing may be lost and nothing may stand still. @returns {Promise<Row[]>} */
export async function manyClients(/** @type {Sites} */ { ours, stock, postgres }, /** @type {CallLoad} */ load) {
  const freeze = async (/** @type {Site} */ site) => {
    const wish = { run: await makeRun(site), clients: 150, seconds: load.freezeSeconds, batch: 10 }
    const commits = () => countCommits(postgres, site.database)
    const { result, seen } = await watch(() => drive(site, wish), commits)
    const good = result.requests - result.errors
    return { rate: one(good / result.seconds), errors: one(result.errors), slow: one(slowSeconds(seen)) }
  }
  const [us, peer] = [await freeze(ours), await freeze(stock)]
  const name = '`log_batch` of 10, 150 clients'
  return [
    outdo({ name, ours: us.rate, peerName: stock.name, peer: peer.rate, least: 15, unit: 'req/s' }),
    keepBelow({ name: '… failed', ours: us.errors, peerName: stock.name, peer: peer.errors, most: 0, unit: '' }),
    keepBelow({
      name: '… seconds with fewer than 20 commits',
      ours: us.slow,
      peerName: stock.name,
      peer: peer.slow,
      most: 0,
      unit: '',
    }),
  ]
}

/** The first and the last second are no whole ones. */
function slowSeconds(/** @type {number[]} */ counts) {
  const perSecond = counts.slice(1).map((count, at) => count - (counts[at] ?? 0))
  return perSecond.slice(1, -1).filter((commits) => commits < 20).length
}
