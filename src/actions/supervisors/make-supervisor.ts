// In: the services of a stack and the answer to "who keeps them running". Out: that Supervisor.
import type { RunServicesInput } from '../../targets/service.ts'
import type { ActionPorts } from '../action-kind.ts'
import { makeBackgroundSupervisor } from './background.ts'
import type { Supervisor } from './supervisor.ts'
import { makeSystemdSupervisor } from './systemd.ts'

export type SupervisorPorts = Pick<
  ActionPorts,
  'files' | 'commands' | 'processes' | 'clock' | 'random' | 'templates' | 'env'
>

export function makeSupervisor(input: RunServicesInput, ports: SupervisorPorts): Supervisor {
  return input.supervisor === 'background'
    ? makeBackgroundSupervisor(input, ports)
    : makeSystemdSupervisor(input, ports)
}
