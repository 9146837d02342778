// In: this machine's PostgreSQL, nginx and S3 server. Out: the deployed stack against a stock `mlflow server`, every row in turns.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askClient, drive, makeRun, memoryOf, slowestHealth } from './deployed/load.mjs'
import { startPlainNginx } from './deployed/plain-nginx.mjs'
import { withSites } from './deployed/sites.mjs'
import { compare, keepBelow, measureInTurns, outdo } from './measure.mjs'
import { inFolder } from './programs.mjs'

/** @typedef {import('./deployed/sites.mjs').Sites} Sites */
/** @typedef {import('./deployed/sites.mjs').Site} Site */
/** @typedef {import('./measure.mjs').Row} Row */

const METRICS = 300
const LOAD_SECONDS = 10
const FREEZE = { clients: 150, seconds: 40, batch: 10 }
const UPLOAD_MB = 512

/** @returns {Promise<Row[]>} */
export function deployed(/** @type {number} */ rounds) {
  return inFolder((folder) =>
    withSites(folder, async (sites) => [
      ...(await memory(sites, rounds)),
      ...(await keepAlive(sites, rounds)),
      ...(await tracking(sites, rounds)),
      ...(await login(sites, rounds)),
      ...(await freeze(sites)),
      ...(await upload(sites, rounds)),
      ...(await boot(sites, rounds)),
    ]),
  )
}

/** One second after the first call, before any load. @returns {Promise<Row[]>} */
async function memory(/** @type {Sites} */ { ours, stock }, /** @type {number} */ rounds) {
  await Promise.all([makeRun(ours), makeRun(stock)])
  await sleep(1000)
  const samples = { ours: () => memoryOf(ours.roots()), stock: () => memoryOf(stock.roots()) }
  const of = await measureInTurns(samples, { rounds, warmUp: 0 })
  const facts = { ours: of('ours'), peerName: stock.name, peer: of('stock') }
  return [{ ...compare({ name: 'memory, idle', ...facts, most: 0.3 }), unit: 'MB' }]
}

/** The real Python client, through login and TLS on our side. @returns {Promise<Row[]>} */
async function keepAlive(/** @type {Sites} */ { ours, stock, python }, /** @type {number} */ rounds) {
  const rate = (/** @type {Site} */ site) => async () =>
    METRICS / (await askClient(python, site, ['log-metrics', String(METRICS)]))
  const of = await measureInTurns({ ours: rate(ours), stock: rate(stock) }, { rounds, warmUp: 1 })
  const facts = { ours: of('ours'), peerName: stock.name, peer: of('stock') }
  return [outdo({ name: 'Python client, log_metric', ...facts, least: 7, unit: 'calls/s' })]
}

/** @returns {Promise<Row[]>} */
async function tracking(/** @type {Sites} */ { ours, stock }, /** @type {number} */ rounds) {
  const rows = []
  for (const [clients, least] of /** @type {const} */ ([
    [16, 1.4],
    [64, 1],
  ])) {
    const samples = { ours: await throughput(ours, clients), stock: await throughput(stock, clients) }
    const of = await measureInTurns(samples, { rounds, warmUp: 1 })
    const facts = { ours: of('ours'), peerName: stock.name, peer: of('stock') }
    rows.push(outdo({ name: `log_metric, ${clients} clients`, ...facts, least, unit: 'req/s' }))
  }
  return rows
}

/** A sample of requests in a second; throws when one failed. */
async function throughput(/** @type {Site} */ site, /** @type {number} */ clients) {
  const run = await makeRun(site)
  return async () => {
    const { requests, seconds, errors } = await drive(site, { run, clients, seconds: LOAD_SECONDS })
    if (errors > 0) throw new Error(`${errors} of ${requests} requests to ${site.name} failed`)
    return requests / seconds
  }
}

/** What the password costs, and what the whole proxy costs. @returns {Promise<Row[]>} */
async function login(/** @type {Sites} */ sites, /** @type {number} */ rounds) {
  const { ours, folder } = sites
  const certificate = join(folder, 'stack/tls/server.pem')
  const key = join(folder, 'stack/tls/server-key.pem')
  const place = { upstream: ours.localUrl, certificate, key }
  const open = await startPlainNginx({ folder: join(folder, 'open-nginx'), tuned: true, ...place })
  try {
    const without = { ...ours, url: open.url, authorization: '' }
    const direct = { ...ours, url: ours.localUrl, authorization: '' }
    const rows = []
    for (const clients of [1, 16]) {
      const samples = { ours: await throughput(ours, clients), open: await throughput(without, clients) }
      const of = await measureInTurns(samples, { rounds, warmUp: 1 })
      const facts = { ours: of('ours'), peerName: 'no login', peer: of('open') }
      rows.push(outdo({ name: `login, ${clients} clients`, ...facts, least: 0.95, unit: 'req/s' }))
    }
    const samples = { ours: await throughput(ours, 1), direct: await throughput(direct, 1) }
    const of = await measureInTurns(samples, { rounds, warmUp: 1 })
    const facts = { ours: of('ours'), peerName: 'MLflow itself', peer: of('direct') }
    return [...rows, outdo({ name: 'TLS, login and gzip, 1 client', ...facts, least: 0.93, unit: 'req/s' })]
  } finally {
    await open.stop()
  }
}

/** Batches of 150 clients at once: nothing may be lost and nothing may stand still. @returns {Promise<Row[]>} */
async function freeze(/** @type {Sites} */ { ours, stock, postgres }) {
  const one = async (/** @type {Site} */ site) => {
    const run = await makeRun(site)
    const watch = watchCommits(postgres, site.database)
    const load = await drive(site, { run, ...FREEZE })
    return { rate: load.requests / load.seconds, errors: load.errors, slowSeconds: await watch.stop() }
  }
  const [us, peer] = [await one(ours), await one(stock)]
  const facts = { ours: times(us.rate), peerName: stock.name, peer: times(peer.rate) }
  return [
    outdo({ name: 'log_batch(10), 150 clients', ...facts, least: 15, unit: 'req/s' }),
    keepBelow({ name: '... failed requests', ours: times(us.errors), most: 0, unit: 'errors' }),
    keepBelow({ name: '... seconds under 20 commits', ours: times(us.slowSeconds), most: 0, unit: 'seconds' }),
  ]
}

/** Counts the seconds in which the database took fewer than 20 transactions; the first and the last do not count. */
function watchCommits(
  /** @type {import('./deployed/services.mjs').Postgres} */ postgres,
  /** @type {string} */ database,
) {
  const end = new AbortController()
  const sql = `select xact_commit from pg_stat_database where datname = '${database}'`
  const watching = (async () => {
    /** @type {number[]} */
    const counts = []
    while (!end.signal.aborted) {
      counts.push(Number(postgres.query('postgres', sql)))
      await sleep(1000)
    }
    const perSecond = counts.slice(1).map((count, at) => count - (counts[at] ?? 0))
    return perSecond.slice(1, -1).filter((commits) => commits < 20).length
  })()
  return {
    stop: () => {
      end.abort()
      return watching
    },
  }
}

/** One large file through the deployed proxy, through the block of the guides, and past the server. @returns {Promise<Row[]>} */
async function upload(/** @type {Sites} */ { ours, python, folder }, /** @type {number} */ rounds) {
  const place = { folder: join(folder, 'guide-nginx'), upstream: ours.localUrl, certificate: '', key: '' }
  const guide = await startPlainNginx({ ...place, tuned: false })
  try {
    const asGuide = { ...ours, clientEnv: { MLFLOW_TRACKING_URI: guide.url } }
    const proxied = { MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'false', MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: 'false' }
    const presigned = { MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'true' }
    const rate = (/** @type {Site} */ site, /** @type {Record<string, string>} */ env) => async () =>
      UPLOAD_MB / (await askClient(python, site, ['upload', String(UPLOAD_MB)], { env }))
    const before = memoryOf(ours.roots())
    const samples = { ours: rate(ours, {}), guide: rate(asGuide, proxied), presigned: rate(ours, presigned) }
    const of = await measureInTurns(samples, { rounds, warmUp: 1 })
    const grown = memoryOf(ours.roots()) - before
    return [
      outdo({
        name: 'upload of 512 MiB',
        ours: of('ours'),
        peerName: 'guide block',
        peer: of('guide'),
        least: 1.2,
        unit: 'MiB/s',
      }),
      outdo({
        name: 'presigned upload',
        ours: of('presigned'),
        peerName: 'proxied',
        peer: of('ours'),
        least: 2,
        unit: 'MiB/s',
      }),
      keepBelow({ name: '... memory more after uploads', ours: times(grown), most: 240, unit: 'MB' }),
      await healthUnderUpload(ours, python),
    ]
  } finally {
    await guide.stop()
  }
}

async function healthUnderUpload(/** @type {Site} */ ours, /** @type {string} */ python) {
  const end = new AbortController()
  const slowest = slowestHealth(ours, end.signal)
  await askClient(python, ours, ['upload', String(UPLOAD_MB)])
  end.abort()
  return keepBelow({ name: '... /health meanwhile, slowest', ours: times(await slowest), most: 300, unit: 'ms' })
}

/** From the start to the first answer. @returns {Promise<Row[]>} */
async function boot(/** @type {Sites} */ { ours, stock }, /** @type {number} */ rounds) {
  const samples = { ours: () => ours.restart(), stock: () => stock.restart() }
  const of = await measureInTurns(samples, { rounds, warmUp: 1 })
  return [
    compare({ name: 'start to first answer', ours: of('ours'), peerName: stock.name, peer: of('stock'), most: 0.6 }),
  ]
}

function times(/** @type {number} */ one) {
  return { median: one, least: one, most: one }
}
