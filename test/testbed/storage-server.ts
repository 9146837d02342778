// In: the name of a storage server and a wish. Out: it runs fresh on a free port of 127.0.0.1, and what stops it.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { get as getPlain } from 'node:http'
import { get as getTls } from 'node:https'
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './mlflow-server.ts'

export type StorageName = 'weed' | 'versitygw' | 'minio'

/** Where `../shared/testbed/storage.sh install` puts them. */
const HOME = process.env['TESTBED_HOME'] ?? '/opt/mlflow-setup-testbed'
const PROGRAMS: Readonly<Record<StorageName, string>> = {
  weed: join(HOME, 'weed/bin/weed'),
  versitygw: join(HOME, 'bin/versitygw'),
  minio: join(HOME, 'bin/minio'),
}
const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 10_000

export interface StorageKeys {
  readonly id: string
  readonly secret: string
}

export interface StorageWish {
  /** Another address of this machine that it listens at, alone, or 0.0.0.0; 127.0.0.1 where it is absent. Not for weed. */
  readonly host?: string
  /** The administrator's; MinIO wants 3 and 8 characters at least. Undefined for weed: everybody is let in. */
  readonly keys?: StorageKeys | undefined
  /** The region that it insists on; weed takes any. */
  readonly region?: string
  /** Answers https, with a certificate for its address and localhost that signs itself. */
  readonly tls?: boolean
  /** Names below which a bucket may stand as a host: `bucket.DOMAIN`. */
  readonly domain?: string
}

export interface StorageServer {
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly port: number
  /** The web console of MinIO, the filer of weed: what people take for the endpoint. */
  readonly consoleUrl: string
  readonly keys: StorageKeys
  readonly region: string
  /** The PEM file to trust, with TLS. */
  readonly caFile: string | undefined
  readonly pid: number
  /** Its data and log. */
  readonly folder: string
  log(): Promise<string>
  stop(): Promise<void>
}

/** The program, or undefined where it is not installed: `need(context, storageProgram('minio'), 'MinIO')`. */
export function storageProgram(name: StorageName): string | undefined {
  return existsSync(PROGRAMS[name]) ? PROGRAMS[name] : undefined
}

export const STORAGE_KEYS: StorageKeys = { id: 'testkey1', secret: 'testsecret1' }

/** Starts it with an empty folder and waits until it takes requests. */
export async function startStorage(name: StorageName, wish: StorageWish = {}): Promise<StorageServer> {
  const folder = await mkdtemp(join(tmpdir(), `mlflow-setup-${name}-`))
  await Promise.all(['data', 'certs', 'iam'].map((part) => mkdir(join(folder, part))))
  const { host = '127.0.0.1' } = wish
  if (wish.tls === true) await makeCertificate(join(folder, 'certs'), host)
  const ports = { s3: await freePort(), console: await freePort() }
  const keys = 'keys' in wish ? wish.keys : STORAGE_KEYS
  const { args, env } = await LAUNCHES[name]({ folder, ports, keys, wish })
  const log = await open(join(folder, 'server.log'), 'a')
  const child = spawn(PROGRAMS[name], args, {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
    stdio: ['ignore', log.fd, log.fd],
  })
  await once(child, 'spawn')
  await log.close()
  const endpoint = `${wish.tls === true ? 'https' : 'http'}://${host === '0.0.0.0' ? '127.0.0.1' : host}:${ports.s3}`
  const server: StorageServer = {
    endpoint,
    port: ports.s3,
    consoleUrl: `${wish.tls === true ? 'https' : 'http'}://127.0.0.1:${ports.console}`,
    keys: keys ?? STORAGE_KEYS,
    region: wish.region ?? 'us-east-1',
    caFile: wish.tls === true ? join(folder, 'certs/public.crt') : undefined,
    pid: child.pid ?? 0,
    folder,
    log: () => readFile(join(folder, 'server.log'), 'utf8'),
    stop: async () => {
      await end(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
  await untilAnswering(name, server, child)
  return server
}

interface Launch {
  readonly folder: string
  readonly ports: { readonly s3: number; readonly console: number }
  readonly keys: StorageKeys | undefined
  readonly wish: StorageWish
}

interface Launched {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const LAUNCHES: Readonly<Record<StorageName, (launch: Launch) => Promise<Launched>>> = {
  minio: async ({ folder, ports, keys = STORAGE_KEYS, wish }) => ({
    args: [
      'server',
      '--quiet',
      `--address=${wish.host ?? '127.0.0.1'}:${ports.s3}`,
      `--console-address=127.0.0.1:${ports.console}`,
      `--certs-dir=${join(folder, 'certs')}`,
      join(folder, 'data'),
    ],
    env: {
      MINIO_ROOT_USER: keys.id,
      MINIO_ROOT_PASSWORD: keys.secret,
      ...(wish.region === undefined ? {} : { MINIO_REGION: wish.region }),
      ...(wish.domain === undefined ? {} : { MINIO_DOMAIN: wish.domain }),
    },
  }),
  versitygw: async ({ folder, ports, keys = STORAGE_KEYS, wish }) => ({
    args: [
      `--port=${wish.host ?? '127.0.0.1'}:${ports.s3}`,
      `--iam-dir=${join(folder, 'iam')}`,
      ...(wish.region === undefined ? [] : [`--region=${wish.region}`]),
      ...(wish.domain === undefined ? [] : [`--virtual-domain=${wish.domain}`]),
      ...(wish.tls === true
        ? [`--cert=${join(folder, 'certs/public.crt')}`, `--key=${join(folder, 'certs/private.key')}`]
        : []),
      'posix',
      join(folder, 'data'),
    ],
    env: { ROOT_ACCESS_KEY: keys.id, ROOT_SECRET_KEY: keys.secret },
  }),
  weed: launchWeed,
}

/** `weed mini` is seven servers, each with a port for gRPC too, which is the other one + 10000 unless it is named. */
async function launchWeed({ folder, ports, keys, wish }: Launch): Promise<Launched> {
  const parts = ['master', 'volume', 'filer', 'admin', 's3'].flatMap((part) => [`${part}.port`, `${part}.port.grpc`])
  const named = await Promise.all(
    parts.map(async (part) => {
      if (part === 's3.port' && wish.tls !== true) return `-${part}=${ports.s3}`
      return `-${part}=${part === 'filer.port' ? ports.console : await freePort()}`
    }),
  )
  const tls = [
    `-s3.port.https=${ports.s3}`,
    `-s3.cert.file=${join(folder, 'certs/public.crt')}`,
    `-s3.key.file=${join(folder, 'certs/private.key')}`,
  ]
  return {
    args: [
      'mini',
      `-dir=${join(folder, 'data')}`,
      '-ip=127.0.0.1',
      '-ip.bind=127.0.0.1',
      ...named,
      '-s3.port.iceberg=0',
      '-s3.port.lance=0',
      '-webdav=false',
      '-admin.ui=false',
      '-master.telemetry=false',
      '-volume.preStopSeconds=0',
      ...(wish.tls === true ? tls : []),
      ...(wish.domain === undefined ? [] : [`-s3.domainName=${wish.domain}`]),
    ],
    env: keys === undefined ? {} : { AWS_ACCESS_KEY_ID: keys.id, AWS_SECRET_ACCESS_KEY: keys.secret },
  }
}

/** In the names that MinIO wants. */
async function makeCertificate(folder: string, host: string): Promise<void> {
  const subject = ['-subj', '/CN=storage test', '-addext', `subjectAltName=IP:${host},DNS:localhost`]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', join(folder, 'private.key'), '-out', join(folder, 'public.crt')]
  await promisify(execFile)('openssl', ['req', '-x509', '-days', '2', ...key, ...subject, ...files])
}

/** Any answer below 500 counts: weed listens before its filer can be asked, and says 500 or 503 then. */
async function untilAnswering(name: StorageName, server: StorageServer, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  while (!(await answers(server))) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
      await sleep(25)
      continue
    }
    const log = await server.log()
    await server.stop()
    throw new Error(`${name} did not start:\n${log.slice(-3000)}`)
  }
}

async function answers({ endpoint, caFile }: StorageServer): Promise<boolean> {
  const ca = caFile === undefined ? {} : { ca: await readFile(caFile) }
  return new Promise((resolve) => {
    const get = caFile === undefined ? getPlain : getTls
    const request = get(`${endpoint}/`, { ...ca, agent: false }, (response) => {
      response.resume()
      resolve((response.statusCode ?? 500) < 500)
    })
    request.on('error', () => resolve(false))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const late = await Promise.race([gone.then(() => false), sleep(STOP_LIMIT_MS, true, { ref: false })])
  if (!late) return
  child.kill('SIGKILL')
  await gone
}

/** Another user of a versitygw: `user` may use what it is given, `userplus` may make buckets too. */
export async function addUser(server: StorageServer, keys: StorageKeys, role: 'user' | 'userplus'): Promise<void> {
  const admin = ['admin', `--access=${server.keys.id}`, `--secret=${server.keys.secret}`, `--region=${server.region}`]
  const user = ['create-user', `--access=${keys.id}`, `--secret=${keys.secret}`, `--role=${role}`]
  await promisify(execFile)(PROGRAMS.versitygw, [...admin, `--endpoint-url=${server.endpoint}`, ...user])
}
