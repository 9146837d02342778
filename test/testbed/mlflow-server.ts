// In: how a server is to be started. Out: a real `mlflow server` that answers, and what stops it.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import { mlflowPython } from './mlflow-venv.ts'

export interface ServerWish {
  readonly version?: string
  /** Further arguments of `mlflow server`, such as `--no-serve-artifacts`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Called before the start with the folder that it runs in. */
  readonly prepare?: (folder: string) => Promise<void>
  /** Where `/health` is: `/p` with `--static-prefix /p`. */
  readonly prefix?: string
  /** False: no database is named, for `--artifacts-only`. */
  readonly backend?: boolean
}

export interface RunningServer {
  /** Without a slash at its end, with the prefix. */
  readonly url: string
  readonly pid: number
  /** Database, artifacts and log are in it; removed by `stop`. */
  readonly folder: string
  /** Where the files land, unless the arguments say something else. */
  readonly artifacts: string
  log(): Promise<string>
  /** SIGKILL to the server and its workers, as a crash. */
  kill(): Promise<void>
  stop(): Promise<void>
}

const START_LIMIT_MS = 180_000
const STOP_LIMIT_MS = 15_000

/** Starts MLflow with one worker on a free port of 127.0.0.1 and waits until it is healthy. */
export async function startMlflow(wish: ServerWish = {}): Promise<RunningServer> {
  const python = await mlflowPython(wish.version ?? PINNED_MLFLOW_VERSION)
  const folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-server-'))
  await wish.prepare?.(folder)
  const artifacts = join(folder, 'artifacts')
  const port = await freePort()
  const logPath = join(folder, 'server.log')
  const log = await open(logPath, 'a')
  const child = spawn(
    python,
    ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), ...(wish.args ?? [])],
    {
      cwd: folder,
      env: buildEnvironment(folder, artifacts, wish),
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    },
  )
  await once(child, 'spawn')
  await log.close()
  const url = `http://127.0.0.1:${port}${wish.prefix ?? ''}`
  const server: RunningServer = {
    url,
    pid: child.pid ?? 0,
    folder,
    artifacts,
    log: () => readFile(logPath, 'utf8'),
    kill: () => end(child, 'SIGKILL'),
    stop: async () => {
      await end(child, 'SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
  await untilHealthy(server, child)
  return server
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function buildEnvironment(folder: string, artifacts: string, wish: ServerWish): Record<string, string> {
  const direct = wish.args?.includes('--no-serve-artifacts') === true
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    MLFLOW_WORKERS: '1',
    MLFLOW_UVICORN_OPTS: '--no-access-log',
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
    MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: '10',
    MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: '31',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    ...(direct ? {} : { MLFLOW_ARTIFACTS_DESTINATION: artifacts }),
    ...(wish.backend === false ? {} : { MLFLOW_BACKEND_STORE_URI: `sqlite:///${folder}/mlflow.db` }),
    ...wish.env,
  }
}

async function untilHealthy(server: RunningServer, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  while (!(await isHealthy(server.url))) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
      await sleep(50)
      continue
    }
    const log = await server.log()
    await server.stop()
    throw new Error(`mlflow server did not start:\n${log.slice(-3000)}`)
  }
}

function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** The whole process group: the server is its leader, its workers are in it. */
async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = once(child, 'exit')
  process.kill(-child.pid, signal)
  const late = await Promise.race([gone.then(() => false), sleep(STOP_LIMIT_MS, true, { ref: false })])
  if (!late) return
  process.kill(-child.pid, 'SIGKILL')
  await gone
}
