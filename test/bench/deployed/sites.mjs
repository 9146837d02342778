// In: a folder. Out: two MLflow servers on the same database server and the same store: the deployed stack, and a stock `mlflow server`.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
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
/**
 * `certificates` is the folder of nginx's certificate and key; `showStore`: clients may go to the store themselves.
 * @typedef {Site & { directory: string, certificates: string, showStore: () => void }} Deployed
 */
/** @typedef {import('./services.mjs').Postgres} Postgres */
/** @typedef {{ ours: Deployed, stock: Site, postgres: Postgres, python: string, folder: string }} Sites */

/**
 * Both servers, ready; everything is stopped afterwards, by Ctrl-C too.
 * @template T
 * @param {string} folder
 * @param {Deploy} deploy how the stack gets there
 * @param {(sites: Sites) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSites(folder, { hosts, deploy }, work) {
  // The services of the stack run as a user of their own, who must get to their folder.
  chmodSync(folder, 0o711)
  /** @type {(() => Promise<void>)[]} */
  const stops = []
  const stopAll = async () => {
    // What cannot be stopped is told, and the others are stopped all the same.
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
      await stop().catch((error) => process.stderr.write(`${error}\n`))
    }
  }
  const interrupted = () => {
    process.stderr.write('Stopping the servers.\n')
    void stopAll().finally(() => {
      rmSync(folder, { recursive: true, force: true })
      process.kill(process.pid, 'SIGINT')
    })
  }
  process.once('SIGINT', interrupted)
  try {
    const postgres = await startPostgres(join(folder, 'postgres'), hosts)
    stops.push(postgres.stop)
    const storage = await startStorage(join(folder, 'storage'), hosts.at(-1) ?? '127.0.0.1')
    stops.push(storage.stop)
    const place = { folder, postgres, endpoint: storage.endpoint, host: hosts.at(-1) ?? '127.0.0.1' }
    const ours = await deploy(place, (stop) => stops.push(stop))
    const python = stockVenv()
    const stock = await startStock(place, join(python, '../..'))
    stops.push(stock.stop)
    return await work({ ours, stock, postgres, python, folder })
  } finally {
    await stopAll()
    process.off('SIGINT', interrupted)
  }
}

/**
 * `host` is where both stores listen.
 * @typedef {{ folder: string, postgres: Postgres, endpoint: string, host: string }} Place
 * `hosts`: where the database server listens, and at the last of them the store.
 * @typedef {{ hosts: string[], deploy: (place: Place, onStarted: (stop: () => Promise<void>) => void) => Promise<Deployed> }} Deploy
 */

/** On this machine itself. @returns {Deploy} */
export function nativeDeploy() {
  return { hosts: ['127.0.0.1'], deploy }
}

/** @returns {Promise<Deployed>} */
async function deploy(/** @type {Place} */ place, /** @type {(stop: () => Promise<void>) => void} */ onStarted) {
  const { folder, postgres } = place
  const directory = join(folder, 'stack')
  const home = join(folder, 'home')
  mkdirSync(home)
  const url = `https://127.0.0.1:${await freePort()}`
  const keys = { AWS_ACCESS_KEY_ID: KEYS.id, AWS_SECRET_ACCESS_KEY: KEYS.secret }
  const env = { ...userEnvironment(home), ...keys, MLFLOW_SETUP_POSTGRES_ADMIN_URL: postgres.adminUrl }
  const run = (/** @type {string[]} */ ...args) => timeOf(process.execPath, [bin, ...args, '--dir', directory], { env })
  const stop = async () => {
    if (!existsSync(join(directory, 'mlflow-setup.yaml'))) return
    run('stop')
    removeLoginCache(directory)
  }
  onStarted(stop)
  // Somebody whom every Debian has: none is made.
  const own = { port: String(await freePort()), service: 'background', 'run-as': 'www-data' }
  run('--yes', ...asFlags({ ...answersFor(url, place), ...own }))
  const settings = parse(readFileSync(join(directory, '.env')))
  const password = settings['MLFLOW_SETUP_ADMIN_PASSWORD'] ?? ''
  return {
    name: 'the deployed stack',
    directory,
    certificates: join(directory, 'tls'),
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
      run('stop')
      return run('start')
    },
    showStore: () => void run('--yes', '--s3-public-endpoint', place.endpoint),
    stop,
  }
}

/** Scenario 5 with everything that a team has: TLS, a login, PostgreSQL and a bucket. */
export function answersFor(/** @type {string} */ url, /** @type {Place} */ { postgres, endpoint, host }) {
  return {
    scenario: '5',
    'public-url': url,
    proxy: 'managed',
    auth: 'htpasswd',
    tls: 'self-signed',
    'postgres-host': host,
    'postgres-port': String(postgres.port),
    'postgres-sslmode': 'disable',
    'artifact-store': 's3',
    's3-endpoint': endpoint,
    's3-bucket': 'deployed',
    'test-client': 'rest',
  }
}

/** Answers as flags. */
export function asFlags(/** @type {Record<string, string>} */ answers) {
  return Object.entries(answers).flatMap(([name, value]) => [`--${name}`, value])
}

/** The folder in memory that the stack's nginx has beside the stack directory. */
function removeLoginCache(/** @type {string} */ directory) {
  const path = join(directory, 'nginx/nginx.conf')
  const written = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const [folder] = /\/dev\/shm\/mlflow-setup-[\da-f]+/u.exec(written) ?? []
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
}

/** Plain `pip install` and a driver, every default: what a guide ends with. */
async function startStock(/** @type {Place} */ { folder, postgres, endpoint }, /** @type {string} */ venv) {
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

/** The interpreter with the same versions of everything, so that only the set-up differs; kept from run to run. */
function stockVenv() {
  const venv = join(root, 'test/.cache', `stock-${MLFLOW}`)
  const python = join(venv, 'bin/python')
  if (existsSync(join(venv, 'complete'))) return python
  timeOf('python3', ['-c', `import sys, venv; venv.create(${JSON.stringify(venv)}, with_pip=True, clear=True)`])
  const constraints = join(root, `templates/native/constraints-${MLFLOW}.txt`)
  const packages = [`mlflow==${MLFLOW}`, 'psycopg2-binary', 'boto3']
  timeOf(join(venv, 'bin/pip'), ['install', '--quiet', '--constraint', constraints, ...packages])
  mkdirSync(join(venv, 'complete'))
  return python
}

/** Whether it answers 200 at /health. */
async function answers(/** @type {string} */ url) {
  try {
    const answer = await fetch(`${url}/health`)
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}

/** Processes whose command line names the directory; what they started does not always. */
function pidsOf(/** @type {string} */ directory) {
  const { stdout } = spawnSync('pgrep', ['-f', directory], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)
}
