// In: a wanted stack. Out: the ports that it needs and others have.
import { bareHost } from '../../formats/host-name.ts'
import { join } from 'node:path'
import { freePortBesides } from '../../answers/machine-choices.ts'
import type { Machine } from '../../answers/machine.ts'
import { portOf } from '../../answers/public-address.ts'
import { UserError } from '../../errors.ts'
import type { Commands } from '../../ports/commands.ts'
import type { Files } from '../../ports/files.ts'
import type { Processes } from '../../ports/processes.ts'
import { buildAddresses } from '../../stack/addresses.ts'
import { SPEC_FILE } from '../../stack/file-names.ts'
import { parseSpec } from '../../stack/spec-file.ts'
import type { Stack, StackSpec } from '../../stack/spec.ts'
import { buildPublicAddress } from '../../targets/native/public-address.ts'
import { problemOf, type PreflightProblem } from './preflight-problem.ts'

/** A port that one of the stack's services listens on, and the answer that names it. */
interface WantedPort {
  readonly question: 'publicUrl' | 'port' | 'artifactsPort' | 's3PublicEndpoint'
  readonly host: string
  readonly port: number
}

/** What looking takes. */
interface LookingPorts {
  readonly files: Pick<Files, 'readText'>
  readonly processes: Pick<Processes, 'canListen' | 'listener'>
  readonly commands: Pick<Commands, 'run'>
  readonly env: Readonly<Record<string, string>>
}

const LOOK_LIMIT_MS = 5000

/** One problem for each answer: another answer cures all that are behind it. */
export async function checkPorts(
  stack: Stack,
  machine: Machine,
  ports: LookingPorts,
): Promise<readonly PreflightProblem[]> {
  // The services of this very stack may have them.
  const own = await readOwnPorts(stack.directory, ports.files)
  const wanted = wantedPorts(stack.spec)
  const foreign = wanted.filter(({ port }) => !own.includes(port))
  const free = freePortBesides(
    machine,
    wanted.map(({ port }) => port),
  )
  const found = await Promise.all(foreign.map((one) => checkPort(one, stack.spec, { ...machine, free }, ports)))
  const problems = found.filter((problem) => problem !== undefined)
  return problems.filter(({ question }, at) => problems.findIndex((other) => other.question === question) === at)
}

function wantedPorts(spec: StackSpec): readonly WantedPort[] {
  const server = buildAddresses(spec)
  if (server === undefined) return []
  const managed = spec.proxy.kind === 'managed' || spec.proxy.kind === 'container'
  const nginx = managed ? buildPublicAddress(spec) : undefined
  const host = nginx?.loopback === true ? bareHost(new URL(nginx.localOrigin).hostname) : '0.0.0.0'
  const { port, artifactsPort } = spec
  return [
    ...(nginx?.ports ?? []).map((one): WantedPort => ({ question: 'publicUrl', host, port: one })),
    ...storePorts(spec, host),
    ...(spec.proxy.kind === 'container'
      ? []
      : [{ question: port === undefined ? 'publicUrl' : 'port', host: server.host, port: server.port } as const]),
    ...(artifactsPort === undefined
      ? []
      : [{ question: 'artifactsPort', host: server.host, port: artifactsPort } as const]),
  ]
}

/** Where nginx leads the clients of scenario 4 to a store in a container. */
function storePorts({ artifactStore, proxy }: StackSpec, host: string): readonly WantedPort[] {
  if (proxy.kind !== 'container' || artifactStore.kind !== 's3') return []
  const { managed, publicEndpoint } = artifactStore
  if (managed === undefined || publicEndpoint === undefined) return []
  return [{ question: 's3PublicEndpoint', host, port: portOf(new URL(publicEndpoint)) }]
}

async function checkPort(
  { question, host, port }: WantedPort,
  { publicUrl = '', proxy, target }: StackSpec,
  machine: Machine & { readonly free: number },
  ports: LookingPorts,
): Promise<PreflightProblem | undefined> {
  const { processes } = ports
  const forRoot = port < 1024 && !machine.root
  if (forRoot && target === 'native')
    return problemOf(
      question,
      `port ${port} is for root only; take ${withPort(publicUrl, machine.freeHttpsPort)}, or use sudo`,
    )
  // Docker's engine listens, with rights of its own: then nobody else may be there, and trying it out proves nothing.
  const free = forRoot ? (await processes.listener(port, host)) === undefined : await processes.canListen(host, port)
  if (free) return undefined
  const by = `by ${await describeHolder(host, port, machine, ports)}`
  if (question !== 'publicUrl') return problemOf(question, `port ${port} is taken ${by}; free is ${machine.free}`)
  if (proxy.kind === 'none')
    return problemOf(question, `port ${port} is taken ${by}; free is http://127.0.0.1:${machine.free}`)
  const systemTakesSite = target === 'native' && machine.root && machine.nginx?.systemRuns === true
  if (systemTakesSite && (port === 80 || port === 443))
    return problemOf('proxy', `port ${port} is taken ${by}; take system, which adds a site to it`)
  const why = port === portOf(new URL(publicUrl)) ? '' : ', from where nginx would lead on to https://'
  return problemOf(question, `port ${port} is taken ${by}${why}; free is ${withPort(publicUrl, machine.freeHttpsPort)}`)
}

/** Docker's own program at a port says nothing; the container behind it does. */
async function describeHolder(
  host: string,
  port: number,
  { engine }: Machine,
  { processes, commands, env }: LookingPorts,
): Promise<string> {
  const holder = (await processes.listener(port, host))?.process
  if (engine.kind === 'ready' && (holder === undefined || holder.name === 'docker-proxy')) {
    const args = ['ps', '--filter', `publish=${port}`, '--format', '{{.Names}}']
    const { stdout } = await commands.run({ file: 'docker', args, env }, { timeoutMs: LOOK_LIMIT_MS })
    const [name = ''] = stdout.split('\n')
    if (name !== '') return `the container ${name}`
  }
  return holder === undefined ? 'another program' : `${holder.name} (pid ${holder.pid})`
}

function withPort(address: string, port: number): string {
  const url = new URL(address)
  url.port = String(port)
  return url.href.replace(/\/$/, '')
}

/** The ports that the stack in this directory has already, when there is one. */
async function readOwnPorts(directory: string, files: LookingPorts['files']): Promise<readonly number[]> {
  const path = join(directory, SPEC_FILE)
  const text = await files.readText(path)
  if (text === undefined) return []
  try {
    return wantedPorts(parseSpec(text, path)).map(({ port }) => port)
  } catch (error) {
    // A broken spec is told by whoever reads it for what it says.
    if (error instanceof UserError) return []
    throw error
  }
}
