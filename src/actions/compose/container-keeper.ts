// In: the services of a stack in containers. Out: ContainerKeeper, which looks at them, stops them and reads what they say.
import type { RunContainersInput } from '../../targets/compose-actions.ts'
import type { ActionPorts, Progress } from '../action-kind.ts'
import type { LogOptions, ServiceState, ServiceStatus } from '../supervisors/supervisor.ts'
import { readMemory } from './container-memory.ts'
import { inspectContainers, type Container } from './containers.ts'
import { composeCommand, mustRun } from './engine-commands.ts'
import { findCause } from './explain-container.ts'
import { inspectProject } from './project.ts'

/** Services go by their names in compose.yaml. Every function throws UserError or ExternalError `engine.…` where the engine refuses. */
export interface ContainerKeeper {
  look(service: string, signal: AbortSignal): Promise<ServiceState>
  /** Stops all; their containers and volumes stay. Throws UserError `stack.name-taken` where they are another stack's. */
  stop(say: Progress, signal: AbortSignal): Promise<void>
  /** Also of a one-shot job. */
  logs(service: string, options: LogOptions): Promise<void>
}

type Ports = Pick<ActionPorts, 'commands' | 'files' | 'processes' | 'env'>

/** PostgreSQL may take a minute to write all that it has. */
const STOP_LIMIT_MS = 180_000
const LOG_LIMIT_MS = 30_000
const NO_LIMIT_MS = 0
/** After SIGKILL, as the engine counts. */
const SIGNALLED = 128

export function makeContainerKeeper(input: RunContainersInput, ports: Ports): ContainerKeeper {
  const { stackName, stackDirectory } = input
  const inspect = inspectShared(stackName, ports)
  return {
    async look(service, signal) {
      const containers = await inspect(signal)
      const container = containers.find((one) => one.service === service)
      return container === undefined ? NOT_THERE : stateOf(container, ports, signal)
    },
    async stop(say, signal) {
      await inspectProject(input, ports, signal)
      const command = composeCommand(stackDirectory, ['--progress', 'plain', 'stop'], ports.env)
      const options = { timeoutMs: STOP_LIMIT_MS, signal, onLine: sayWhoStops(stackName, say) }
      await mustRun(command, options, ports, 'Docker Compose could not stop the stack.')
    },
    async logs(service, { lines, follow, onLine, signal }) {
      const wanted = ['--tail', String(lines), ...(follow ? ['--follow'] : [])]
      const args = ['logs', '--no-color', '--no-log-prefix', '--timestamps', ...wanted, service]
      const options = {
        timeoutMs: follow ? NO_LIMIT_MS : LOG_LIMIT_MS,
        signal,
        onLine: (line: string) => {
          // Compose itself ends with an empty line where Ctrl-C ends it.
          if (line !== '') onLine(...splitTime(line))
        },
        ...(follow ? { endless: true as const } : {}),
      }
      const command = composeCommand(stackDirectory, args, ports.env)
      await mustRun(command, options, ports, `Docker cannot show the log of ${service}.`)
    },
  }
}

/** Services that are looked at side by side share one question to the engine. */
function inspectShared(stackName: string, ports: Ports): (signal: AbortSignal) => Promise<readonly Container[]> {
  let asked: Promise<readonly Container[]> | undefined
  return (signal) => {
    asked ??= inspectContainers(stackName, ports, signal).finally(() => (asked = undefined))
    return asked
  }
}

/** Compose says ` Container mlflow-nginx-1  Stopping`, and `Stopped` at its end. */
function sayWhoStops(stackName: string, say: Progress): (line: string) => void {
  const stopping = new Set<string>()
  return (line) => {
    const [, container, state] = /^ *Container (\S+) +(Stopping|Stopped) *$/u.exec(line) ?? []
    if (container === undefined) return
    const service = container.replace(`${stackName}-`, '').replace(/-\d+$/u, '')
    if (state === 'Stopping') stopping.add(service)
    else stopping.delete(service)
    if (stopping.size > 0) say(`stopping ${[...stopping].join(', ')}`)
  }
}

/** `--timestamps` puts the time before each line; what Compose itself says has none. */
function splitTime(line: string): [text: string, at?: string] {
  const [, at, text] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) ?(.*)$/u.exec(line) ?? []
  return at === undefined || text === undefined ? [line] : [text, at]
}

const NOT_THERE: ServiceState = {
  status: 'stopped',
  pid: undefined,
  since: undefined,
  restarts: 0,
  memoryBytes: 0,
  lastExit: undefined,
}

async function stateOf(container: Container, ports: Ports, signal: AbortSignal): Promise<ServiceState> {
  const { pid, startedAt, restarts, memoryLimit, imageName } = container
  const status = statusOf(container)
  const cause =
    status === 'unhealthy' || status === 'restarting' || status === 'failed'
      ? await findCause(container, ports, signal)
      : undefined
  const about = { status, restarts, image: imageName, ...(cause === undefined ? {} : { cause }) }
  if (status === 'stopped' || status === 'failed' || status === 'restarting')
    return { ...NOT_THERE, ...about, lastExit: exitOf(container) }
  const counted = pid === 0 ? undefined : await readMemory(pid, ports.files)
  // How its last run ended, the engine has forgotten by now.
  return {
    ...about,
    pid,
    since: startedAt,
    memoryBytes: counted ?? (await sumResident(pid, ports)),
    lastExit: undefined,
    ...(counted !== undefined && memoryLimit > 0 ? { memoryLimit } : {}),
  }
}

/** What its processes share counts for each of them: nothing to hold against a limit. */
async function sumResident(pid: number, { processes }: Ports): Promise<number> {
  const tree = pid === 0 ? [] : await processes.tree(pid)
  return tree.reduce((sum, { residentBytes }) => sum + residentBytes, 0)
}

function exitOf({ exitCode, finishedAt }: Container): ServiceState['lastExit'] {
  if (finishedAt.getTime() <= 0) return undefined
  return { code: exitCode > SIGNALLED ? undefined : exitCode, signal: signalOf(exitCode), at: finishedAt }
}

function statusOf({ status, exitCode, health }: Container): ServiceStatus {
  switch (status) {
    case 'running':
      return health === 'unhealthy' ? 'unhealthy' : health === 'starting' ? 'starting' : 'running'
    case 'restarting':
      return 'restarting'
    case 'created':
      return 'stopped'
    default:
      return exitCode === 0 || exitCode > SIGNALLED ? 'stopped' : 'failed'
  }
}

function signalOf(exitCode: number): string | undefined {
  return exitCode === 137 ? 'SIGKILL' : exitCode === 143 ? 'SIGTERM' : undefined
}
