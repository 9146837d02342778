// In: a stack. Out: its groups of services, in the order in which they start, and whoever keeps each running.
import { makeSupervisor } from '../actions/supervisors/make-supervisor.ts'
import type { Supervisor } from '../actions/supervisors/supervisor.ts'
import { UserError } from '../errors.ts'
import type { Stack } from '../stack/spec.ts'
import type { Action, ActionOf } from '../targets/action.ts'
import type { Service } from '../targets/service.ts'
import { targetOf } from '../targets/target-table.ts'
import type { CommandContext } from './command-context.ts'

/** Services that start and stop together. */
export interface ServiceGroup {
  readonly action: ActionOf<'run-services'>
  readonly services: readonly Service[]
  readonly supervisor: Supervisor
}

/** One service and who keeps it running. */
export interface KeptService {
  readonly service: Service
  readonly supervisor: Supervisor
}

/** At least one. Throws UserError `stack.no-server` for scenarios 1 and 2. */
export function requireServices(context: CommandContext, stack: Stack): readonly ServiceGroup[] {
  const actions = targetOf(stack.spec.target).actions(stack)
  const groups = actions.filter(runsServices).map((action) => {
    const { input } = action
    return { action, services: input.services, supervisor: makeSupervisor(input, context) }
  })
  // A group names those that are up before it.
  const ordered = groups.toSorted((a, b) => countBefore(a, groups) - countBefore(b, groups))
  if (ordered.length > 0) return ordered
  throw new UserError('stack.no-server', `The stack in ${stack.directory} has no server.`, {
    because: `Scenario ${stack.spec.scenario} keeps everything in files that your scripts open themselves.`,
    hint: { text: 'Prove that they can.', command: 'mlflow-setup test' },
  })
}

/** All services, in the order of their groups. */
export function servicesOf(groups: readonly ServiceGroup[]): readonly KeptService[] {
  return groups.flatMap(({ services, supervisor }) => services.map((service) => ({ service, supervisor })))
}

function runsServices(action: Action): action is ActionOf<'run-services'> {
  return action.kind === 'run-services'
}

/** How many groups must be up before this one. */
function countBefore({ action }: ServiceGroup, all: readonly ServiceGroup[]): number {
  const before = all.filter((other) => action.input.after.includes(other.action.input.group))
  return before.reduce((sum, other) => sum + 1 + countBefore(other, all), 0)
}
