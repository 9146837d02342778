// In: the groups of services that a stack has now. Out: none of those that it had before runs any more, or comes back at a boot.
import { array, is, literal, looseObject, picklist, string } from 'valibot'
import type { Inspection } from '../plan/plan.ts'
import type { RetireServicesInput } from '../targets/action.ts'
import type { RunServicesInput, Service } from '../targets/service.ts'
import type { ActionKindOf, ActionPorts, Progress } from './action-kind.ts'
import { readJournal } from '../plan/journal.ts'
import { makeSupervisor } from './supervisors/make-supervisor.ts'
import { isInstalled } from './supervisors/other-supervisors.ts'

/**
 * A smaller scenario has no nginx, another database no cluster, another name other units. The journal knows what was
 * ever started here; the files of the cluster and everything else that they wrote stay.
 */
export const retireServices: ActionKindOf<RetireServicesInput> = { inspect, apply }

async function inspect(input: RetireServicesInput, ports: ActionPorts): Promise<Inspection> {
  const names = namesOf(await findFormer(input, ports))
  return names === '' ? { effect: 'unchanged', why: 'none' } : { effect: 'update', why: `${names}: no longer needed` }
}

async function apply(
  input: RetireServicesInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const former = await findFormer(input, ports)
  // What was started last asks those before it.
  for (const group of former.toReversed()) {
    progress(`stopping ${namesOf([group])}`)
    await makeSupervisor(group, ports).forget(signal)
  }
  progress(`${namesOf(former)} stopped`)
}

function namesOf(groups: readonly RunServicesInput[]): string {
  const names = groups.flatMap(({ services }) => services.map(({ name }) => name))
  return [...new Set(names)].join(', ')
}

/** Former groups, each with those of its services that are still there, in the order in which they were first started. */
async function findFormer(input: RetireServicesInput, ports: ActionPorts): Promise<readonly RunServicesInput[]> {
  const started = await readStarted(input.stackDirectory, ports)
  const found: RunServicesInput[] = []
  for (const group of started.values()) {
    const candidates = group.services.filter((service) => !isKept(group, service, input.kept))
    const there = await Promise.all(candidates.map((service) => isInstalled({ ...group, services: [service] }, ports)))
    const services = candidates.filter((_, at) => there[at])
    if (services.length > 0) found.push({ ...group, services })
  }
  return found
}

/** Whether run-services takes care of it: in the background it replaces its whole group, elsewhere each unit by its name. */
function isKept(former: RunServicesInput, { name }: Service, kept: RetireServicesInput['kept']): boolean {
  return kept.some(({ group, stackName, services }) => {
    if (group !== former.group) return false
    return former.supervisor === 'background' || (stackName === former.stackName && services.includes(name))
  })
}

/** What the journal must have of an input for it to be one. */
const journalled = looseObject({
  group: string(),
  stackName: string(),
  stackDirectory: string(),
  supervisor: picklist(['systemd', 'systemd-user', 'background']),
  services: array(looseObject({ name: string() })),
})
const start = looseObject({ kind: literal('run-services'), phase: literal('started'), input: journalled })

/** Each group as it was started last, by supervisor, name and the services in it. */
async function readStarted(
  stackDirectory: string,
  { files }: Pick<ActionPorts, 'files'>,
): Promise<ReadonlyMap<string, RunServicesInput>> {
  const groups = new Map<string, RunServicesInput>()
  for (const entry of await readJournal(stackDirectory, files)) {
    // A directory that was moved was stopped before.
    if (!isStart(entry) || entry.input.stackDirectory !== stackDirectory) continue
    const { supervisor, stackName, group, services } = entry.input
    groups.set([supervisor, stackName, group, ...services.map(({ name }) => name)].join('\n'), entry.input)
  }
  return groups
}

/** The rest of an input is as it was: the journal holds what this program wrote. */
function isStart(entry: unknown): entry is { readonly input: RunServicesInput } {
  return is(start, entry)
}
