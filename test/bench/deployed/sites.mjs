// In: a folder. Out: two MLflow servers on the same database server and the same store: the deployed stack, and a stock `mlflow server`.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { bin, root, timeOf, userEnvironment } from '../programs.mjs'
import { KEYS, freePort, start, startPostgres, startStorage, until } from './services.mjs'

const MLFLOW = '3.17.2'

/**
 * One server as a client sees it.
 * @typedef {object} Site
 * @property {string} name
 * @property {string} url
 * @property {string} localUrl past any proxy
 * @property {Record<string, string>} clientEnv what the Python client needs
 * @property {string} authorization the header, or empty
 * @property {string} database
 * @property {() => number[]} roots the processes that all others of it descend from
 * @property {() => Promise<number>} restart stops it and takes the milliseconds from the start to the first answer
 * @property {() => Promise<void>} stop
 */
/** @typedef {{ ours: Site, stock: Site, postgres: import('./services.mjs').Postgres, storagePort: number, python: string, folder: string }} Sites */

/**
 * Both servers, ready; everything is stopped afterwards.
 * @template T
 * @param {string} folder
 * @param {(sites: Sites) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSites(folder, work) {
  // The services of the stack run as a user of their own, who must get to their folder.
  chmodSync(folder, 0o711)
  const stops = []
  try {
    const postgres = await startPostgres(join(folder, 'postgres'))
    stops.push(postgres.stop)
    const storage = await startStorage(join(folder, 'storage'))
    stops.push(storage.stop)
    const place = { folder, postgres, endpoint: storage.endpoint }
    const ours = await deploy(place)
    stops.push(ours.stop)
    const stock = await startStock(place, join(ours.directory, 'venv/bin/python'))
    stops.push(stock.stop)
    const python = join(ours.directory, 'venv/bin/python')
    return await work({ ours, stock, postgres, storagePort: storage.port, python, folder })
  } finally {
    for (const stop of stops.toReversed()) await stop()
  }
}

/** @typedef {{ folder: string, postgres: import('./services.mjs').Postgres, endpoint: string }} Place */

/** @returns {Promise<Site & { directory: string }>} */
async function deploy(/** @type {Place} */ { folder, postgres, endpoint }) {
  const directory = join(folder, 'stack')
  const home = join(folder, 'home')
  mkdirSync(home)
  const url = `https://127.0.0.1:${await freePort()}`
  const env = { ...userEnvironment(home), AWS_ACCESS_KEY_ID: KEYS.id, AWS_SECRET_ACCESS_KEY: KEYS.secret }
  const answers = ['--scenario', '5', '--public-url', url, '--service', 'background', '--test-client', 'rest']
  const database = [
    '--postgres-host',
    '127.0.0.1',
    '--postgres-port',
    String(postgres.port),
    '--postgres-sslmode',
    'disable',
  ]
  const store = ['--artifact-store', 's3', '--s3-endpoint', endpoint, '--s3-bucket', 'deployed']
  const guard = ['--proxy', 'managed', '--auth', 'htpasswd', '--tls', 'self-signed']
  timeOf(process.execPath, [bin, '--yes', '--dir', directory, ...answers, ...database, ...store, ...guard], {
    env: { ...env, MLFLOW_SETUP_POSTGRES_ADMIN_URL: postgres.adminUrl },
  })
  const settings = parse(readFileSync(join(directory, '.env')))
  const password = settings['MLFLOW_SETUP_ADMIN_PASSWORD'] ?? ''
  const command = (/** @type {string} */ verb) => timeOf(process.execPath, [bin, verb, '--dir', directory], { env })
  return {
    name: 'the deployed stack',
    directory,
    url,
    localUrl: `http://127.0.0.1:${settings['MLFLOW_PORT']}`,
    authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
    clientEnv: {
      MLFLOW_TRACKING_URI: url,
      MLFLOW_TRACKING_USERNAME: 'admin',
      MLFLOW_TRACKING_PASSWORD: password,
      MLFLOW_TRACKING_SERVER_CERT_PATH: join(directory, 'tls/ca.pem'),
    },
    database: settings['PGDATABASE'] ?? 'mlflow',
    roots: () => pidsOf(directory),
    restart: async () => {
      command('stop')
      return command('start')
    },
    stop: async () => void command('stop'),
  }
}

/** Plain `pip install` and a driver, every default: what a guide ends with. */
async function startStock(/** @type {Place} */ { folder, postgres, endpoint }, /** @type {string} */ python) {
  const venv = stockVenv(python)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  postgres.query('postgres', 'create database stock')
  const uri = postgres.adminUrl.replace(/^postgresql:/u, 'postgresql+psycopg2:').replace(/postgres$/u, 'stock')
  const bucket = join(folder, 'storage/stock')
  mkdirSync(bucket)
  const store = ['--backend-store-uri', uri, '--artifacts-destination', 's3://stock']
  const keys = { AWS_ACCESS_KEY_ID: KEYS.id, AWS_SECRET_ACCESS_KEY: KEYS.secret, AWS_DEFAULT_REGION: 'us-east-1' }
  const env = { ...userEnvironment(folder), ...keys, MLFLOW_S3_ENDPOINT_URL: endpoint }
  const begin = () =>
    start(join(venv, 'bin/mlflow'), ['server', ...store, '--port', String(port)], { env, cwd: folder })
  let running = begin()
  await until('the stock server', () => answers(url))
  return {
    name: 'stock mlflow server',
    url,
    localUrl: url,
    authorization: '',
    clientEnv: { MLFLOW_TRACKING_URI: url },
    database: 'stock',
    roots: () => [running.pid],
    restart: async () => {
      await running.stop()
      const started = performance.now()
      running = begin()
      await until('the stock server', () => answers(url))
      return performance.now() - started
    },
    stop: () => running.stop(),
  }
}

/** The same versions of everything, so that only the set-up differs; kept from run to run. */
function stockVenv(/** @type {string} */ python) {
  const venv = join(root, 'test/.cache', `stock-${MLFLOW}`)
  if (existsSync(join(venv, 'complete'))) return venv
  timeOf(python, ['-c', `import sys, venv; venv.create(${JSON.stringify(venv)}, with_pip=True, clear=True)`])
  const constraints = join(root, `templates/native/constraints-${MLFLOW}.txt`)
  const packages = [`mlflow==${MLFLOW}`, 'psycopg2-binary', 'boto3']
  timeOf(join(venv, 'bin/pip'), ['install', '--quiet', '--constraint', constraints, ...packages])
  mkdirSync(join(venv, 'complete'))
  return venv
}

/** Whether it answers 200 at /health. */
export async function answers(/** @type {string} */ url) {
  const answer = await fetch(`${url}/health`).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.ok === true
}

/** Processes whose command line names the directory and whose parent's does not. */
function pidsOf(/** @type {string} */ directory) {
  const { stdout } = spawnSync('pgrep', ['-f', directory], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)
}
