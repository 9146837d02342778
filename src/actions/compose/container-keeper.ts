// In: the services of a stack in containers. Out: ContainerKeeper, which looks at them, stops them and reads what they say.
import type { RunContainersInput } from '../../targets/compose-actions.ts'
import type { ActionPorts } from '../action-kind.ts'
import type { LogOptions, ServiceState, ServiceStatus } from '../supervisors/supervisor.ts'
import { inspectContainers, type Container } from './containers.ts'
import { composeCommand, mustRun } from './engine-commands.ts'

/** Services go by their names in compose.yaml. Every function throws UserError or ExternalError `engine.…` where the engine refuses. */
export interface ContainerKeeper {
  look(service: string, signal: AbortSignal): Promise<ServiceState>
  /** Stops all; their containers and volumes stay. */
  stop(signal: AbortSignal): Promise<void>
  logs(service: string, options: LogOptions): Promise<void>
}

type Ports = Pick<ActionPorts, 'commands' | 'processes' | 'env'>

/** PostgreSQL may take a minute to write all that it has. */
const STOP_LIMIT_MS = 180_000
const LOG_LIMIT_MS = 30_000
const NO_LIMIT_MS = 0
/** After SIGKILL, as the engine counts. */
const SIGNALLED = 128

export function makeContainerKeeper({ stackName, stackDirectory }: RunContainersInput, ports: Ports): ContainerKeeper {
  return {
    async look(service, signal) {
      const containers = await inspectContainers(stackName, ports, signal)
      return stateOf(
        containers.find((one) => one.service === service),
        ports,
      )
    },
    async stop(signal) {
      const command = composeCommand(stackDirectory, ['stop'], ports.env)
      await mustRun(command, { timeoutMs: STOP_LIMIT_MS, signal }, ports, 'Docker Compose could not stop the stack.')
    },
    async logs(service, { lines, follow, onLine, signal }) {
      const args = [
        'logs',
        '--no-color',
        '--no-log-prefix',
        '--tail',
        String(lines),
        ...(follow ? ['--follow'] : []),
        service,
      ]
      const options = { timeoutMs: follow ? NO_LIMIT_MS : LOG_LIMIT_MS, signal, onLine }
      await mustRun(
        composeCommand(stackDirectory, args, ports.env),
        options,
        ports,
        `Docker cannot show the log of ${service}.`,
      )
    },
  }
}

async function stateOf(container: Container | undefined, { processes }: Ports): Promise<ServiceState> {
  const nothing = { pid: undefined, since: undefined, restarts: 0, memoryBytes: 0, lastExit: undefined }
  if (container === undefined) return { ...nothing, status: 'stopped' }
  const { pid, startedAt, finishedAt, restarts, exitCode } = container
  const status = statusOf(container)
  const ended = finishedAt.getTime() > 0
  const lastExit = ended
    ? { code: exitCode > SIGNALLED ? undefined : exitCode, signal: signalOf(exitCode), at: finishedAt }
    : undefined
  if (status !== 'running') return { ...nothing, status, restarts, lastExit }
  const tree = pid === 0 ? [] : await processes.tree(pid)
  const memoryBytes = tree.reduce((sum, { residentBytes }) => sum + residentBytes, 0)
  return { status, pid, since: startedAt, restarts, memoryBytes, lastExit }
}

function statusOf({ status, exitCode, health }: Container): ServiceStatus {
  switch (status) {
    case 'running':
      return health === 'starting' ? 'starting' : 'running'
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
