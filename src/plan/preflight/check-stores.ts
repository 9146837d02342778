// In: a wanted stack of containers whose stores were there before. Out: which of them its containers could not use.
import { AUTH_DATABASE_ENDING } from '../../answers/names.ts'
import type { Machine } from '../../answers/machine.ts'
import { isLoopbackHost, portOf } from '../../answers/public-address.ts'
import { bareHost } from '../../formats/host-name.ts'
import type { Commands } from '../../ports/commands.ts'
import type { Files } from '../../ports/files.ts'
import type { Processes } from '../../ports/processes.ts'
import { objectStoreOf, serverEndpoint } from '../../stack/object-store.ts'
import type { Stack, StackSpec } from '../../stack/spec.ts'
import { problemOf, type PreflightProblem } from './preflight-problem.ts'

interface LookingPorts {
  readonly files: Pick<Files, 'readText'>
  readonly processes: Pick<Processes, 'listener'>
  readonly commands: Pick<Commands, 'run'>
  readonly env: Readonly<Record<string, string>>
}

/** A store as this machine reaches it. */
interface Place {
  readonly question: 'postgresHost' | 's3Endpoint' | 's3PublicEndpoint'
  readonly host: string
  readonly port: number
  /** Whether its certificate must be for that very host. */
  readonly named: boolean
  /** Whether buckets stand before that host. */
  readonly virtual: boolean
  /** Everywhere: the address in the engine's network comes later than a server does at a boot. */
  readonly howToListen: string
}

const TIME_LIMIT_MS = 5000
const HOSTS_FILE = '/etc/hosts'
/** Where the engine takes the networks of its stacks from, all but the last few. */
const ENGINE_NETWORKS = '172.16.0.0/12'

/**
 * Nothing where all stores are the stack's own. In a container `localhost` is the container: what listens there is reached
 * at the address that this machine has in the engine's own network.
 */
export async function checkStores(
  { spec }: Stack,
  machine: Machine,
  ports: LookingPorts,
  signal: AbortSignal,
): Promise<readonly PreflightProblem[]> {
  if (spec.target !== 'compose') return []
  const found = await Promise.all(placesOf(spec).map((place) => whyNotReached(place, machine, ports, signal)))
  return found.filter((problem) => problem !== undefined)
}

function placesOf(spec: StackSpec): readonly Place[] {
  return [...databasePlaces(spec), ...bucketPlaces(spec)]
}

function databasePlaces({ backendStore, auth }: StackSpec): readonly Place[] {
  if (backendStore.kind !== 'postgres' || backendStore.managed !== false) return []
  const { host, port, sslMode, database, user } = backendStore
  const databases = [database, ...(auth.kind === 'basic-auth' ? [`${database}${AUTH_DATABASE_ENDING}`] : [])]
  const line = `host ${databases.join(',')} ${user} ${ENGINE_NETWORKS} scram-sha-256`
  const howToListen = `set listen_addresses = '*' in its postgresql.conf, add "${line}" to its pg_hba.conf, which keeps all others out, and restart it`
  return [{ question: 'postgresHost', host, port, named: sslMode === 'verify-full', virtual: false, howToListen }]
}

function bucketPlaces(spec: StackSpec): readonly Place[] {
  const store = objectStoreOf(spec)
  const endpoint = store === undefined ? undefined : serverEndpoint(spec, store)
  if (store === undefined || store.managed !== undefined || endpoint === undefined) return []
  const url = new URL(endpoint)
  return [
    {
      question: endpoint === store.endpoint ? 's3Endpoint' : 's3PublicEndpoint',
      host: bareHost(url.hostname),
      port: portOf(url),
      named: url.protocol === 'https:',
      virtual: store.addressing === 'virtual',
      howToListen: 'let it listen at all addresses, behind a firewall',
    },
  ]
}

async function whyNotReached(
  place: Place,
  machine: Machine,
  ports: LookingPorts,
  signal: AbortSignal,
): Promise<PreflightProblem | undefined> {
  const { question, host, named, virtual } = place
  if (!isLoopbackHost(host)) {
    const here = await loopbackOf(host, ports.files)
    if (here === undefined) return undefined
    return problemOf(
      question,
      `${HOSTS_FILE} of this machine says that ${host} is ${here}, and containers do not read that file; take ${here}, or an address of this machine's network${exampleOf(machine)}`,
    )
  }
  if (named)
    return problemOf(
      question,
      `containers reach ${host} of this machine as host.docker.internal, for which the certificate is not; take a name or an address of this machine's network that it is for${exampleOf(machine)}`,
    )
  if (virtual)
    return problemOf(
      's3Addressing',
      `virtual puts the bucket before ${host}, which containers reach as host.docker.internal; take path, or give an address of this machine's network`,
    )
  return whyNotAtGateway(place, machine, ports, signal)
}

function exampleOf({ networkName }: Machine): string {
  return networkName === undefined ? '' : `, such as ${networkName}`
}

/** What a name is in this machine's own file, where that is the machine itself. Debian has its host name there. */
async function loopbackOf(host: string, files: LookingPorts['files']): Promise<string | undefined> {
  const text = (await files.readText(HOSTS_FILE)) ?? ''
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
  const [address] = lines.find(([, ...names]) => names.some((name) => name.toLowerCase() === host.toLowerCase())) ?? []
  return address !== undefined && isLoopbackHost(address) ? address : undefined
}

/**
 * A server that listens at 127.0.0.1 and not at the gateway keeps containers out. Where nobody listens at all, whoever
 * makes the database or the bucket says so. Docker Desktop leads containers to 127.0.0.1; an engine without root has a
 * network of its own, which nobody sees from here.
 */
async function whyNotAtGateway(
  { question, host, port, howToListen }: Place,
  { engine }: Machine,
  { processes, commands, env }: LookingPorts,
  signal: AbortSignal,
): Promise<PreflightProblem | undefined> {
  if (engine.kind !== 'ready' || engine.desktop || engine.rootless) return undefined
  const args = ['network', 'inspect', 'bridge', '--format', '{{range .IPAM.Config}}{{println .Gateway}}{{end}}']
  const asked = await commands.run({ file: 'docker', args, cwd: '/', env }, { timeoutMs: TIME_LIMIT_MS, signal })
  const gateway = asked.stdout.split('\n').find((address) => /^\d+\.\d+\.\d+\.\d+$/u.test(address))
  if (gateway === undefined) return undefined
  const [here, there] = await Promise.all([processes.listener(port, host), processes.listener(port, gateway)])
  if (here === undefined || there !== undefined) return undefined
  const published = here.process?.name === 'docker-proxy'
  const cure = published ? `publish it there too: "${gateway}:${port}:…"` : howToListen
  return problemOf(
    question,
    `what listens at ${host}:${port} does not listen at ${gateway}, where containers find this machine; ${cure}`,
  )
}
