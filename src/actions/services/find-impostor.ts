// In: a service and its main process. Out: who listens on its port in its place.
import type { Listener, Processes } from '../../ports/processes.ts'
import { healthHost } from '../../targets/service.ts'
import type { Service } from '../../targets/service.ts'

/**
 * Another stack's server answers as well as ours: two that are set up at the same time may take the same free port.
 * Undefined where it is the service itself, or this user may not see whose the port is.
 */
export async function findImpostor(
  { port, health }: Pick<Service, 'port' | 'health'>,
  pid: number,
  processes: Pick<Processes, 'tree' | 'listener'>,
): Promise<Listener['process']> {
  if (port === undefined) return undefined
  const [tree, listener] = await Promise.all([processes.tree(pid), processes.listener(port, healthHost(health))])
  const holder = listener?.process
  return holder === undefined || tree.some((one) => one.pid === holder.pid) ? undefined : holder
}
