// In: the ports. Out: FoundEngine, what there is of Docker on this machine.
import type { Commands, CommandResult } from '../../ports/commands.ts'
import type { Files } from '../../ports/files.ts'
import type { Host } from '../../ports/host.ts'
import type { FoundEngine } from '../machine.ts'
import {
  judgeEngineError,
  parseEngineInfo,
  parseNumbers,
  parseServer,
  type EngineFacts,
  type ServerFacts,
} from './engine-answers.ts'
import { findProgram, searchPath } from './find-program.ts'
import { findStartCommand } from './find-start-command.ts'

export interface EngineFinderPorts {
  readonly files: Pick<Files, 'stat' | 'readText' | 'freeBytes'>
  readonly commands: Pick<Commands, 'run'>
  readonly env: Readonly<Record<string, string>>
  readonly host: Pick<Host, 'platform' | 'release'>
}

/** Both calls take about 100 ms; an engine that is busy with a build may take a second. */
const TIME_LIMIT_MS = 5000

type Docker = (...args: readonly string[]) => Promise<CommandResult>

/**
 * Asks the client for the engine's address first, so that one on another machine is never called: ssh would ask for a
 * password in the terminal. DOCKER_HOST, DOCKER_CONTEXT and DOCKER_CONFIG count as they do for the client itself.
 */
export async function findEngine(ports: EngineFinderPorts, signal: AbortSignal): Promise<FoundEngine> {
  const program = await findOnPath(ports, 'docker')
  if (program === undefined) return { kind: 'none', podman: (await findOnPath(ports, 'podman')) !== undefined }
  const docker: Docker = (...args) => run(ports, program, args, signal)
  const context = await docker('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}')
  const address = context.stdout.trim()
  if (context.exitCode !== 0 || address === '') return judgeClient(docker, context)
  if (!address.startsWith('unix://')) return { kind: 'remote', address }
  const [version, info] = await Promise.all([
    docker('version', '--format', '{{json .}}'),
    docker('info', '--format', '{{json .}}'),
  ])
  const server = parseServer(version.stdout)
  if (server.podman) return { kind: 'podman' }
  const facts = parseEngineInfo(info.stdout)
  if (facts === undefined) return judgeTrouble(version, address, program, ports)
  return describeEngine({ ...facts, hidesClients: server.hidesClients }, program, ports, signal)
}

function findOnPath({ files, env }: EngineFinderPorts, name: string): Promise<string | undefined> {
  return findProgram(files, searchPath(env), name)
}

function run(
  { commands, env }: EngineFinderPorts,
  file: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<CommandResult> {
  return commands.run({ file, args, cwd: '/', env: { ...env } }, { timeoutMs: TIME_LIMIT_MS, signal })
}

/** A client that has no address to tell is Podman's, or has a context that does not exist. */
async function judgeClient(docker: Docker, context: CommandResult): Promise<FoundEngine> {
  const { stdout } = await docker('--version')
  return /\bpodman\b/iu.test(stdout) ? { kind: 'podman' } : { kind: 'failing', why: whyFailing(context) }
}

async function judgeTrouble(
  asked: CommandResult,
  address: string,
  program: string,
  ports: EngineFinderPorts,
): Promise<FoundEngine> {
  const state = judgeEngineError(asked.stderr)
  if (state === 'forbidden') return { kind: state, address }
  if (state === 'stopped') return { kind: state, address, start: await findStartCommand(address, program, ports) }
  return { kind: 'failing', why: whyFailing(asked) }
}

function whyFailing({ timedOut, stderr, exitCode }: CommandResult): string {
  if (timedOut) return `it did not answer within ${TIME_LIMIT_MS / 1000} s`
  const lines = stderr.split('\n').map((line) => line.trim())
  return lines.findLast((line) => line !== '') ?? `it ended with code ${exitCode}`
}

async function describeEngine(
  { kernel, ...facts }: EngineFacts & Pick<ServerFacts, 'hidesClients'>,
  program: string,
  ports: EngineFinderPorts,
  signal: AbortSignal,
): Promise<FoundEngine> {
  const { files, host } = ports
  // On a Mac, and with Docker Desktop everywhere, the engine has a system of its own.
  const own = host.platform === 'linux' && kernel === host.release && !facts.desktop
  const [standaloneCompose, lowestPort, freeBytes] = await Promise.all([
    facts.composeVersion === undefined ? findStandaloneCompose(ports, signal) : undefined,
    facts.rootless ? readLowestPort(files) : 1,
    own ? files.freeBytes(facts.rootDirectory).catch(() => undefined) : undefined,
  ])
  const snap = /^\/(?:var\/lib\/snapd\/)?snap\//u.test(program) || facts.rootDirectory.startsWith('/var/snap/')
  return { kind: 'ready', ...facts, standaloneCompose, lowestPort, snap, freeBytes }
}

async function findStandaloneCompose(ports: EngineFinderPorts, signal: AbortSignal): Promise<string | undefined> {
  const program = await findOnPath(ports, 'docker-compose')
  if (program === undefined) return undefined
  return parseNumbers((await run(ports, program, ['version', '--short'], signal)).stdout)
}

/** What the kernel lets ordinary users have; 1024, unless the machine's owner changed it. */
async function readLowestPort(files: Pick<Files, 'readText'>): Promise<number> {
  const text = await files.readText('/proc/sys/net/ipv4/ip_unprivileged_port_start').catch(() => undefined)
  return Number.parseInt(text ?? '1024', 10)
}
