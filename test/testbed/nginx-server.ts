// In: what a stack wants of nginx. Out: a real nginx by exactly our configuration, in front of a small server that says what reaches it.
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, open, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { findAccount } from '../../src/actions/accounts.ts'
import { applyAction, inspectAction } from '../../src/actions/action-table.ts'
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import type { Owner } from '../../src/ports/files.ts'
import type { Stack, StackSpec } from '../../src/stack/spec.ts'
import type { Action } from '../../src/targets/action.ts'
import { buildProxyPart, proxyServices } from '../../src/targets/native/proxy.ts'
import { proxyLayout } from '../../src/targets/native/proxy-layout.ts'
import { Secret } from '../../src/secret.ts'
import { fakeStack } from '../fakes/stack.ts'
import { realPorts } from './services.ts'
import { eventually, freePort } from './sandbox.ts'

/** The nginx of this machine, if it has one. */
export function findNginxProgram(): string | undefined {
  return ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path))
}

export const PASSWORD = 'correct horse battery staple'
const FOUNDATION = { folders: 'folders', environment: 'environment', packages: 'packages' }

/** What reached a server behind nginx. */
export interface Reached {
  readonly server: 'tracking' | 'artifacts'
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly bytes: number
}

export interface Proxied {
  readonly stack: Stack
  readonly ports: ActionPorts
  /** `https://localhost:8443` */
  readonly origin: string
  /** Everything that reached a server behind it, in order. */
  readonly reached: Reached[]
  /** Text of an error log of nginx. */
  errors(): Promise<string>
  /** Starts nginx again after it was stopped or killed. */
  start(): Promise<void>
  kill(signal: NodeJS.Signals): Promise<void>
  /** The process of its master. */
  pid(): number
  stop(): Promise<void>
}

/** Sets nginx up as a stack does, by the actions of its part, and waits for its answer. */
export async function startProxy(changes: Partial<StackSpec> = {}, path = '', startedBy?: 'root'): Promise<Proxied> {
  const directory = join(await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-nginx-'))), 'a stack')
  await chmod(dirname(directory), 0o755)
  await mkdir(directory, { mode: 0o755 })
  const reached: Reached[] = []
  const tracking = await startUpstream('tracking', reached)
  const artifacts = await startUpstream('artifacts', reached)
  const publicPort = await freePort()
  const secure = changes.tls !== undefined && changes.tls.kind !== 'off'
  const publicUrl = `${secure ? 'https' : 'http'}://localhost:${publicPort}${path}`
  const program = findNginxProgram() ?? 'nginx'
  const stack = fakeStack(
    5,
    {
      publicUrl,
      port: tracking.port,
      artifactsPort: changes.scenario === 6 ? artifacts.port : undefined,
      proxy: { kind: 'managed', program, allowFrom: [] },
      ...changes,
    },
    directory,
  )
  const ports = { ...realPorts(), secrets: { MLFLOW_SETUP_ADMIN_PASSWORD: new Secret(PASSWORD) } }
  await applyPart(stack, ports)
  const nginx = makeRunner(stack, startedBy === 'root' ? undefined : await findOwner(stack, ports))
  await nginx.start()
  return {
    stack,
    ports,
    origin: new URL(publicUrl).origin,
    reached,
    ...nginx,
    stop: async () => {
      await nginx.kill('SIGTERM')
      for (const server of [tracking, artifacts]) await server.close()
      await rm(dirname(directory), { recursive: true, force: true })
      await rm(resolve(directory, proxyLayout(stack).run), { recursive: true, force: true })
    },
  }
}

/** The actions of the part, without those that start services. Returns what a second look finds to change. */
export async function applyPart(stack: Stack, ports: ActionPorts): Promise<readonly string[]> {
  const { signal } = new AbortController()
  const actions = buildProxyPart(stack, FOUNDATION).actions.filter(({ kind }) => kind !== 'run-services')
  for (const action of actions) await applyAction(action, ports, () => undefined, signal)
  return differences(actions, ports)
}

/** Titles of the actions that would change something. */
async function differences(actions: readonly Action[], ports: ActionPorts): Promise<readonly string[]> {
  const { signal } = new AbortController()
  const found = await Promise.all(actions.map((action) => inspectAction(action, ports, signal)))
  return actions
    .filter((_, at) => found[at]?.effect !== 'unchanged')
    .map(({ title }, at) => `${title}: ${found[at]?.why}`)
}

/** Who the service runs as; undefined: whoever runs the test. */
async function findOwner({ spec }: Stack, ports: ActionPorts): Promise<Owner | undefined> {
  return spec.runAs === undefined ? undefined : findAccount(spec.runAs, ports, new AbortController().signal)
}

function makeRunner(stack: Stack, owner: Owner | undefined): Pick<Proxied, 'start' | 'kill' | 'pid' | 'errors'> {
  const [service] = proxyServices(stack)
  if (service === undefined) throw new Error('no nginx is wanted')
  const { command, workingDirectory, log } = service
  const running: { child?: ChildProcess; ended?: Promise<unknown> } = {}
  const start = async () => {
    await mkdir(dirname(log), { recursive: true })
    const file = await open(log, 'a')
    const stdio = ['ignore', file.fd, file.fd] as const
    const child = spawn(command.file, command.args, {
      cwd: workingDirectory,
      stdio: [...stdio],
      detached: true,
      ...owner,
    })
    Object.assign(running, { child, ended: once(child, 'exit') })
    await file.close()
    const pidFile = resolve(workingDirectory, proxyLayout(stack).run, 'nginx.pid')
    const state = async () =>
      child.exitCode === null ? (await readFile(pidFile, 'utf8').catch(() => '')).trim() : 'ended'
    await eventually(state, (text) => text === 'ended' || text === String(child.pid))
  }
  return {
    start,
    pid: () => running.child?.pid ?? -1,
    kill: async (signal) => {
      if (running.child?.exitCode === null) running.child.kill(signal)
      await running.ended
      await endGroup(running.child?.pid)
    },
    errors: () => readFile(log, 'utf8').catch(() => ''),
  }
}

/** What a supervisor does with the rest of a service's processes. */
async function endGroup(pid: number | undefined): Promise<void> {
  const isGone = () => {
    try {
      return pid === undefined || !process.kill(-pid, 'SIGKILL')
    } catch {
      return true
    }
  }
  await eventually(async () => isGone(), Boolean)
}

interface Upstream {
  readonly port: number
  close(): Promise<void>
}

/** Answers every request with what it got, and `/download/N` with N bytes. */
async function startUpstream(server: Reached['server'], reached: Reached[]): Promise<Upstream> {
  const http: Server = createServer((request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.length))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const seen: Reached = { server, method, url, headers, bytes }
      reached.push(seen)
      answer(seen, (status, head, body) => response.writeHead(status, head).end(body))
    })
  })
  http.keepAliveTimeout = 5000
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    close: () =>
      new Promise((closed) => {
        http.closeAllConnections()
        http.close(() => closed())
      }),
  }
}

/** Whom MLflow's own login would let in. */
const MLFLOW_LOGIN = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`
const SERVER_INFO = '{"store_type":"SqlStore","multipart_uploads_enabled":true,"multipart_downloads_enabled":true}'

function answer(
  seen: Reached,
  send: (status: number, head: Record<string, string>, body: string | Buffer) => void,
): void {
  const size = /\/download\/(\d+)/.exec(seen.url)?.[1]
  const json = { 'content-type': 'application/json' }
  if (seen.url.endsWith('/version') && seen.headers.authorization !== MLFLOW_LOGIN)
    send(401, { 'www-authenticate': 'Basic realm="mlflow"' }, 'You are not authenticated.')
  else if (seen.url.endsWith('/health')) send(200, { 'content-type': 'text/plain' }, 'OK')
  else if (seen.url.endsWith('/server-info')) send(200, json, SERVER_INFO)
  else if (size !== undefined) send(200, { 'content-type': 'application/octet-stream' }, Buffer.alloc(Number(size), 7))
  else if (seen.url.includes('/fails')) send(500, json, '{"error_code":"INTERNAL_ERROR"}')
  else
    send(200, { ...json, 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' }, JSON.stringify(seen))
}

/** An htpasswd file with one user whose password is PASSWORD, as `openssl passwd` hashes it. */
export async function writePasswords(stack: Stack, users: readonly string[]): Promise<void> {
  const { stdout } = await promisify(execFile)('openssl', ['passwd', '-apr1', PASSWORD])
  await writeFile(proxyLayout(stack).passwords, users.map((user) => `${user}:${stdout.trim()}\n`).join(''), {
    mode: 0o600,
  })
}
