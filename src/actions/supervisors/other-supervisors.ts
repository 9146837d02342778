// In: the services of a stack. Out: whether a supervisor has them, and which other ones still do, from an earlier answer.
import { join } from 'node:path'
import type { RunServicesInput } from '../../targets/service.ts'
import { parseBackgroundState, STATE_FILE } from './background-state.ts'
import { groupFolder } from './group-folder.ts'
import type { SupervisorPorts } from './make-supervisor.ts'
import { unitNameOf } from './render-unit.ts'
import { unitFolder } from './systemd.ts'
import { inspectUnitOwner } from './unit-owner.ts'

const KINDS = ['background', 'systemd', 'systemd-user'] as const

export async function existingKinds(
  input: RunServicesInput,
  ports: SupervisorPorts,
): Promise<readonly RunServicesInput[]> {
  const others = KINDS.filter((kind) => kind !== input.supervisor).map((supervisor) => ({ ...input, supervisor }))
  const there = await Promise.all(others.map((other) => isInstalled(other, ports)))
  return others.filter((_, at) => there[at])
}

/** Whether one of the services runs, or would after a boot. */
export async function isInstalled(
  input: RunServicesInput,
  { files, env }: Pick<SupervisorPorts, 'files' | 'env'>,
): Promise<boolean> {
  if (input.supervisor === 'background') {
    const state = parseBackgroundState(await files.readText(join(groupFolder(input), STATE_FILE)))
    return state !== undefined && state.pid !== null
  }
  const paths = input.services.map((service) => join(unitFolder(input, { env }), unitNameOf(input, service)))
  const owners = await Promise.all(paths.map((path) => inspectUnitOwner(path, input.stackDirectory, files)))
  return owners.includes('this stack')
}
