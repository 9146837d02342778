// In: a stack. Out: its services and whoever keeps them running.
import { makeSupervisor } from '../actions/supervisors/make-supervisor.ts'
import type { Supervisor } from '../actions/supervisors/supervisor.ts'
import { UserError } from '../errors.ts'
import type { Stack } from '../stack/spec.ts'
import type { ActionOf } from '../targets/action.ts'
import type { Service } from '../targets/service.ts'
import { targetOf } from '../targets/target-table.ts'
import type { CommandContext } from './command-context.ts'

export interface StackServices {
  readonly action: ActionOf<'run-services'>
  readonly services: readonly Service[]
  readonly supervisor: Supervisor
}

/** Throws UserError `stack.no-server` for scenarios 1 and 2. */
export function requireServices(context: CommandContext, stack: Stack): StackServices {
  for (const action of targetOf(stack.spec.target).actions(stack)) {
    if (action.kind === 'run-services')
      return { action, services: action.input.services, supervisor: makeSupervisor(action.input, context) }
  }
  throw new UserError('stack.no-server', `The stack in ${stack.directory} has no server.`, {
    because: `Scenario ${stack.spec.scenario} keeps everything in files that your scripts open themselves.`,
    hint: { text: 'Prove that they can.', command: 'mlflow-setup test' },
  })
}
