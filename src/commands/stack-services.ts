// In: a stack. Out: its groups of services, in the order in which they start, and whoever keeps each running.
import { applyAction } from '../actions/action-table.ts'
import type { ActionPorts, Progress } from '../actions/action-kind.ts'
import { makeContainerKeeper } from '../actions/compose/container-keeper.ts'
import { makeSupervisor } from '../actions/supervisors/make-supervisor.ts'
import type { LogOptions, ServiceState } from '../actions/supervisors/supervisor.ts'
import { UserError } from '../errors.ts'
import type { Stack } from '../stack/spec.ts'
import type { Action, ActionOf } from '../targets/action.ts'
import type { Health } from '../targets/service.ts'
import { targetOf } from '../targets/target-table.ts'
import type { CommandContext } from './command-context.ts'

/** One service, wherever it runs. */
export interface KeptService {
  readonly name: string
  /** How it is asked from this machine; undefined where only its engine can. */
  readonly health: Health | undefined
  readonly port: number | undefined
  look(signal: AbortSignal): Promise<ServiceState>
  logs(options: LogOptions): Promise<void>
}

/** Services that start and stop together. */
export interface ServiceGroup {
  readonly id: string
  readonly title: string
  readonly services: readonly KeptService[]
  /** What does its work at each start, and ends: it has a log, and nothing else. */
  readonly jobs: readonly Pick<KeptService, 'name' | 'logs'>[]
  /** Returns when all of them answer. Throws ExternalError where one does not, with its last lines. */
  start(say: Progress, signal: AbortSignal): Promise<void>
  stop(say: Progress, signal: AbortSignal): Promise<void>
}

/** At least one. Throws UserError `stack.no-server` for scenarios 1 and 2. */
export function requireServices(context: CommandContext, stack: Stack): readonly ServiceGroup[] {
  const actions = targetOf(stack.spec.target).actions(stack)
  const native = inOrder(actions.filter((action) => action.kind === 'run-services'))
  const groups = [
    ...native.map((action) => nativeGroup(action, context)),
    ...actions.filter((action) => action.kind === 'run-containers').map((action) => containerGroup(action, context)),
  ]
  if (groups.length > 0) return groups
  throw new UserError('stack.no-server', `The stack in ${stack.directory} has no server.`, {
    because: `Scenario ${stack.spec.scenario} keeps everything in files that your scripts open themselves.`,
    hint: { text: 'Prove that they can.', command: 'mlflow-setup test' },
  })
}

/** All services, in the order of their groups. */
export function servicesOf(groups: readonly ServiceGroup[]): readonly KeptService[] {
  return groups.flatMap(({ services }) => services)
}

function nativeGroup(action: ActionOf<'run-services'>, context: CommandContext): ServiceGroup {
  const supervisor = makeSupervisor(action.input, context)
  return {
    ...groupOf(action, context),
    services: action.input.services.map((service) => ({
      name: service.name,
      health: service.health,
      port: service.port,
      look: (signal) => supervisor.look(service, signal),
      logs: (options) => supervisor.logs(service, options),
    })),
    jobs: [],
    stop: (_say, signal) => supervisor.stop(signal),
  }
}

function containerGroup(action: ActionOf<'run-containers'>, context: CommandContext): ServiceGroup {
  const keeper = makeContainerKeeper(action.input, context)
  const lasting = action.input.services.filter(({ job }) => !job)
  const jobs = action.input.services.filter(({ job }) => job)
  return {
    ...groupOf(action, context),
    services: lasting.map(({ name, health }) => ({
      name,
      health,
      port: undefined,
      look: (signal) => keeper.look(name, signal),
      logs: (options) => keeper.logs(name, options),
    })),
    jobs: jobs.map(({ name }) => ({ name, logs: (options) => keeper.logs(name, options) })),
    stop: (say, signal) => keeper.stop(say, signal),
  }
}

function groupOf(action: Action, context: CommandContext): Pick<ServiceGroup, 'id' | 'title' | 'start'> {
  const ports: ActionPorts = { ...context, secrets: {} }
  const { id, title } = action
  return { id, title, start: (say, signal) => applyAction(action, ports, say, signal) }
}

/** A group names those that are up before it. */
function inOrder(groups: readonly ActionOf<'run-services'>[]): readonly ActionOf<'run-services'>[] {
  const countBefore = (action: ActionOf<'run-services'>): number => {
    const before = groups.filter((other) => action.input.after.includes(other.input.group))
    return before.reduce((sum, other) => sum + 1 + countBefore(other), 0)
  }
  return groups.toSorted((a, b) => countBefore(a) - countBefore(b))
}
