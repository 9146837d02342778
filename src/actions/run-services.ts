// In: the services of a stack. Out: all of them running by today's settings and answering, or why not.
import type { Inspection } from '../plan/plan.ts'
import type { RunServicesInput, Service } from '../targets/service.ts'
import type { ActionKindOf, ActionPorts, Progress } from './action-kind.ts'
import { findImpostor } from './services/find-impostor.ts'
import { refuseTakenPorts } from './services/refuse-taken-ports.ts'
import {
  buildStartedMark,
  compareStartedMarks,
  readStartedMark,
  removeStartedMark,
  writeStartedMark,
} from './services/started-mark.ts'
import { isReady, waitUntilReady } from './services/wait-until-ready.ts'
import { makeSupervisor } from './supervisors/make-supervisor.ts'
import { existingKinds } from './supervisors/other-supervisors.ts'
import type { Supervisor } from './supervisors/supervisor.ts'

/** A busy server is not a dead one, and is not to be restarted for it. */
const PATIENCE_MS = 10_000

export const runServices: ActionKindOf<RunServicesInput> = {
  inspect: inspectServices,
  apply: applyServices,
}

async function inspectServices(input: RunServicesInput, ports: ActionPorts, signal: AbortSignal): Promise<Inspection> {
  const supervisor = makeSupervisor(input, ports)
  const [now, then] = await Promise.all([buildStartedMark(input, ports.files), readStartedMark(input, ports.files)])
  const found = await Promise.all(input.services.map((service) => inspectOne(service, supervisor, ports, signal)))
  const wanting = found.find(({ effect }) => effect === 'create') ?? found.find(({ effect }) => effect !== 'unchanged')
  if (wanting?.effect === 'create') return wanting
  const changed = compareStartedMarks(then, now)
  if (changed !== undefined) return { effect: 'update', why: changed }
  return wanting ?? { effect: 'unchanged', why: 'running' }
}

async function inspectOne(
  service: Service,
  supervisor: Supervisor,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<Inspection> {
  const state = await supervisor.look(service, signal)
  if (state.status !== 'running' || state.pid === undefined) {
    return { effect: 'create', why: state.status === 'stopped' ? 'not running' : `not running: ${state.status}` }
  }
  const [healthy, impostor] = await Promise.all([
    isReady(service, ports, signal, PATIENCE_MS),
    findImpostor(service, state.pid, ports.processes),
  ])
  if (!healthy) return { effect: 'update', why: 'runs, but does not answer' }
  if (impostor !== undefined)
    return { effect: 'update', why: `${impostor.name} (pid ${impostor.pid}) answers in its place` }
  return { effect: 'unchanged', why: 'running' }
}

/** Stops what runs, starts by today's settings and waits for the answer; a service that dies at its start is not started for ever. */
async function applyServices(
  input: RunServicesInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const supervisor = makeSupervisor(input, ports)
  await removeStartedMark(input, ports.files)
  const mark = await buildStartedMark(input, ports.files)
  const states = await Promise.all(input.services.map((service) => supervisor.look(service, signal)))
  if (states.some(({ status }) => status === 'running')) progress('stopping')
  for (const other of await existingKinds(input, ports)) await makeSupervisor(other, ports).forget(signal)
  await supervisor.stop(signal)
  await refuseTakenPorts(input, ports)
  progress('loading')
  const logMarks = await Promise.all(input.services.map((service) => supervisor.markLog(service)))
  const warnings = await supervisor.start(signal)
  await Promise.all(
    input.services.map((service, at) =>
      waitUntilReady({ service, supervisor, logMark: logMarks[at] ?? '0', ports, progress, signal }),
    ),
  )
  await writeStartedMark(input, mark, ports.files)
  progress(warnings.at(-1) ?? 'answers')
}
