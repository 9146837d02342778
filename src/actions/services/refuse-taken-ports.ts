// In: services that do not run. Out: nothing, or the error that says who has one of their ports.
import { UserError } from '../../errors.ts'
import { healthHost } from '../../targets/service.ts'
import type { RunServicesInput } from '../../targets/service.ts'
import type { ActionPorts } from '../action-kind.ts'
import { explainPort } from './explain-death.ts'

/** Better than MLflow's own answer, which comes after 8 s of loading. Throws UserError `service.port-taken`. */
export async function refuseTakenPorts(input: RunServicesInput, ports: Pick<ActionPorts, 'processes'>): Promise<void> {
  for (const service of input.services) {
    const { port, health } = service
    if (port === undefined) continue
    const listener = await ports.processes.listener(port, healthHost(health))
    if (listener === undefined) continue
    throw new UserError(
      'service.port-taken',
      `${service.name} cannot listen on port ${port}.`,
      explainPort(port, listener),
    )
  }
}
