// In: the services of a stack. Out: the other supervisors that still have them, from an earlier answer.
import { join } from 'node:path'
import type { RunServicesInput } from '../../targets/service.ts'
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
  const there = await Promise.all(others.map((other) => exists(other, ports)))
  return others.filter((_, at) => there[at])
}

async function exists(input: RunServicesInput, { files, env }: SupervisorPorts): Promise<boolean> {
  if (input.supervisor === 'background') {
    return (await files.stat(join(groupFolder(input), 'supervisor.json'))) !== undefined
  }
  const paths = input.services.map((service) => join(unitFolder(input, { env }), unitNameOf(input, service)))
  const owners = await Promise.all(paths.map((path) => inspectUnitOwner(path, input.stackDirectory, files)))
  return owners.includes('this stack')
}
