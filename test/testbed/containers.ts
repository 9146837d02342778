// In: the directory of a stack of containers. Out: what the engine says of them, and what happens to them.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { eventually } from './sandbox.ts'

const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: homedir(),
  DOCKER_CONFIG: process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'),
}

/** Images that a stack with everything in it needs, as TESTBED.md has them. */
const IMAGES = [
  'postgres:17',
  'nginxinc/nginx-unprivileged:1.30',
  'chrislusf/seaweedfs:4.47',
  'ghcr.io/mlflow/mlflow:v3.17.2',
]

/** `docker …`; throws where it fails. */
export async function docker(...args: readonly string[]): Promise<string> {
  return (await execa('docker', args, { env, extendEnv: false })).stdout
}

/** `docker compose …` as a person types it in the stack directory. */
export async function composeIn(directory: string, ...args: readonly string[]): Promise<string> {
  return (await execa('docker', ['compose', ...args], { cwd: directory, env, extendEnv: false })).stdout
}

/** What Compose has to say about the files in a directory; throws where it does not take them. */
export async function composeWarnings(directory: string): Promise<string> {
  return (await execa('docker', ['compose', 'config', '--quiet'], { cwd: directory, env, extendEnv: false, all: true }))
    .all
}

/** Undefined where there is no engine, or an image is missing. */
export async function containerEngine(): Promise<'ready' | undefined> {
  const { exitCode } = await execa('docker', ['image', 'inspect', ...IMAGES], { env, extendEnv: false, reject: false })
  return exitCode === 0 ? 'ready' : undefined
}

/** What tests look at in `docker inspect`. */
export interface Inspected {
  readonly Id: string
  readonly RestartCount: number
  readonly State: { readonly Pid: number; readonly OOMKilled: boolean; readonly Health?: { readonly Status: string } }
  readonly Config: { readonly User: string }
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean
    readonly CapDrop: readonly string[]
    readonly SecurityOpt: readonly string[]
    readonly Memory: number
    readonly PortBindings: Readonly<Record<string, unknown>>
  }
}

/** The container of a service. */
export async function inspectService(directory: string, service: string): Promise<Inspected> {
  const id = (await composeIn(directory, 'ps', '--all', '--quiet', service)).trim()
  const [found]: Inspected[] = JSON.parse(await docker('container', 'inspect', id))
  if (found === undefined) throw new Error(`no container of ${service}`)
  return found
}

/** Waits until its health check says so. */
export async function untilHealthy(directory: string, service: string): Promise<void> {
  await eventually(
    async () => (await inspectService(directory, service)).State.Health?.Status ?? 'none',
    (status) => status === 'healthy',
    180_000,
  )
}
