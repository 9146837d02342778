// In: the place of a comparison. Out: the deployed stack in containers, on the same database server and store as the stock one.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { bin, timeOf, userEnvironment } from '../programs.mjs'
import { KEYS, freePort } from './services.mjs'
import { answersFor, asFlags } from './sites.mjs'

const NAME = 'mlflow-bench'
/** Compose is a plugin in the real home. */
const DOCKER_CONFIG = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker')

/** @typedef {import('./sites.mjs').Deploy} Deploy */
/** @typedef {import('./sites.mjs').Place} Place */

/** Stores of this machine are reached at the address that it has in the engine's network. @returns {Deploy} */
export function containerDeploy() {
  const gateway = docker('network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}')
  if (gateway === '') throw new Error('the benchmark of containers needs a Docker engine')
  return { hosts: ['127.0.0.1', gateway], deploy }
}

/** @returns {ReturnType<Deploy['deploy']>} */
async function deploy(/** @type {Place} */ place, /** @type {(stop: () => Promise<void>) => void} */ onStarted) {
  const { folder, postgres } = place
  const directory = join(folder, 'stack')
  const home = join(folder, 'home')
  mkdirSync(home)
  mkdirSync(directory)
  const url = `https://127.0.0.1:${await freePort()}`
  const inner = await freePort()
  // The user's own file: the server itself, past nginx, for the rows that compare the two.
  const services = { mlflow: { ports: [`127.0.0.1:${inner}:5000`] } }
  const keys = { AWS_ACCESS_KEY_ID: KEYS.id, AWS_SECRET_ACCESS_KEY: KEYS.secret }
  const adminUrl = postgres.adminUrl.replace('@127.0.0.1:', `@${place.host}:`)
  const env = { ...userEnvironment(home), ...keys, DOCKER_CONFIG, MLFLOW_SETUP_POSTGRES_ADMIN_URL: adminUrl }
  const run = (/** @type {string[]} */ ...args) => timeOf(process.execPath, [bin, ...args, '--dir', directory], { env })
  const stop = async () => {
    if (!existsSync(join(directory, 'compose.yaml'))) return
    spawnSync('docker', ['compose', 'down', '--volumes', '--rmi', 'local'], { cwd: directory, stdio: 'ignore' })
  }
  onStarted(stop)
  run('--yes', ...asFlags({ ...answersFor(url, place), target: 'compose', name: NAME }))
  writeFileSync(join(directory, 'compose.override.yaml'), JSON.stringify({ services }))
  run('apply')
  const settings = parse(readFileSync(join(directory, '.env')))
  const password = settings['MLFLOW_SETUP_ADMIN_PASSWORD'] ?? ''
  return {
    name: 'the deployed stack',
    directory,
    certificates: join(directory, 'nginx/tls'),
    url,
    localUrl: `http://127.0.0.1:${inner}`,
    authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
    clientEnv: {
      MLFLOW_TRACKING_URI: url,
      MLFLOW_TRACKING_USERNAME: 'admin',
      MLFLOW_TRACKING_PASSWORD: password,
      MLFLOW_TRACKING_SERVER_CERT_PATH: join(directory, 'tls/ca.pem'),
    },
    database: settings['POSTGRES_DB'] ?? 'mlflow',
    roots: () =>
      ['mlflow', 'nginx'].map((service) =>
        Number(docker('inspect', '--format', '{{.State.Pid}}', `${NAME}-${service}-1`)),
      ),
    restart: async () => {
      run('stop')
      return run('start')
    },
    showStore: () => void run('--yes', '--s3-public-endpoint', place.endpoint),
    stop,
  }
}

function docker(/** @type {string[]} */ ...args) {
  return spawnSync('docker', args, { encoding: 'utf8' }).stdout.trim()
}
