// In: the services of a stack in containers. Out: all of them running as compose.yaml says today, or why not.
import { join } from 'node:path'
import { ExternalError } from '../../errors.ts'
import type { Inspection } from '../../plan/plan.ts'
import type { RunContainersInput } from '../../targets/compose-actions.ts'
import type { ActionKindOf, ActionPorts, Progress } from '../action-kind.ts'
import { checkDescription } from './check-description.ts'
import { inspectContainers, type Container } from './containers.ts'
import { composeCommand, failureOf, mustRun } from './engine-commands.ts'
import { findFailure, type Moment } from './explain-container.ts'
import { inspectProject, isLeftBehind, realDirectory } from './project.ts'
import { compareReads, readReads, writeReads } from './reads-at-start.ts'
import { findWaiting, formatUpPhase } from './up-phase.ts'

/** Compose itself waits for health checks, of which MLflow's first may take minutes on a busy machine. */
const UP_LIMIT_MS = 15 * 60_000
const COMMAND_LIMIT_MS = 120_000
const LOOK_MS = 300

export const runContainers: ActionKindOf<RunContainersInput> = { inspect, apply }

async function inspect(input: RunContainersInput, ports: ActionPorts, signal: AbortSignal): Promise<Inspection> {
  const description = join(input.stackDirectory, 'compose.yaml')
  if ((await ports.files.stat(description)) === undefined) return { effect: 'create', why: 'not described yet' }
  const [containers, then, here] = await Promise.all([
    inspectContainers(input.stackName, ports, signal),
    readReads(input.mark, ports),
    realDirectory(input.stackDirectory, ports.files),
  ])
  if (containers.length === 0) return { effect: 'create', why: 'not running' }
  const left = containers.find((container) => isLeftBehind(container, here))
  if (left !== undefined)
    return { effect: 'update', why: `the folder was moved, and they see ${left.workingDirectory}` }
  for (const { name, job } of input.services) {
    const why = whyNotAsWanted(
      containers.find(({ service }) => service === name),
      job,
    )
    if (why !== undefined) return { effect: 'update', why: `${name} ${why}` }
  }
  const changed = await compareReads(input, then, ports)
  const [first] = changed
  if (first === undefined) return { effect: 'unchanged', why: 'running' }
  if (changed.some(({ file }) => file.startsWith('compose.override.')))
    await checkDescription(input.stackDirectory, description, ports, signal)
  return { effect: 'update', why: `${first.file} changed` }
}

function whyNotAsWanted(container: Container | undefined, job: boolean): string | undefined {
  if (container === undefined) return 'is not there'
  if (job) return container.status === 'exited' && container.exitCode === 0 ? undefined : 'has not done its work'
  if (container.status !== 'running') return 'is not running'
  return container.health === 'unhealthy' ? 'does not answer' : undefined
}

/** Compose makes anew what its description changed for; what reads other files at its start is started again. */
async function apply(
  input: RunContainersInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const then = await readReads(input.mark, ports)
  const { containers: before } = await inspectProject(input, ports, signal)
  await checkDescription(input.stackDirectory, join(input.stackDirectory, 'compose.yaml'), ports, signal)
  await stopAiling(input, before, ports, progress, signal)
  await up(input, ports, progress, signal)
  const after = await inspectContainers(input.stackName, ports, signal)
  const changed = new Set((await compareReads(input, then, ports)).map(({ service }) => service))
  const kept = [...changed].filter(
    (name) => startOf(before, name) !== undefined && startOf(before, name) === startOf(after, name),
  )
  if (kept.length > 0) await restart(input, kept, ports, progress, signal)
  await writeReads(input, ports)
  progress(`${after.filter(({ status }) => status === 'running').length} running`)
}

/**
 * What does not answer, or ends again and again, often lacks what is only started now: Compose would leave it, and what
 * its health check said before would be told of it. Stopped, it starts in its turn, with all counts at nothing.
 */
async function stopAiling(
  { services, stackDirectory }: RunContainersInput,
  containers: readonly Container[],
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const lasting = services.filter(({ job }) => !job).map(({ name }) => name)
  const ailing = containers
    .filter((one) => lasting.includes(one.service) && isAiling(one))
    .map(({ service }) => service)
  if (ailing.length === 0) return
  progress(`stopping ${ailing.join(', ')}`)
  const command = composeCommand(stackDirectory, ['stop', ...ailing], ports.env)
  const options = { timeoutMs: COMMAND_LIMIT_MS, signal }
  await mustRun(command, options, ports, `Docker Compose could not stop ${ailing.join(', ')}.`)
}

function isAiling({ status, health, restarts }: Container): boolean {
  const again = status === 'restarting' || (status === 'running' && restarts > 0 && health === 'starting')
  return again || (status === 'running' && health === 'unhealthy')
}

function startOf(containers: readonly Container[], name: string): number | undefined {
  return containers.find(({ service }) => service === name)?.startedAt.getTime()
}

/** `docker compose up`, and a look at the containers meanwhile: one that dies is told at once, not after its last retry. */
async function up(
  input: RunContainersInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const begun = ports.clock.now()
  const ended = new AbortController()
  const args = ['up', '--detach', '--remove-orphans', '--quiet-pull', '--no-build']
  const command = composeCommand(input.stackDirectory, args, ports.env)
  const both = AbortSignal.any([signal, ended.signal])
  const moment = { begun, composed: false }
  const watched = waitUntilReady(input, moment, ports, progress, both)
  watched.catch((error: unknown) => ended.abort(error))
  const result = await ports.commands.run(command, { timeoutMs: UP_LIMIT_MS, signal: both })
  moment.composed = true
  if (result.exitCode === 0) return watched
  ended.abort()
  const containers = await inspectContainers(input.stackName, ports, signal)
  throw (
    (await findFailure(input, containers, moment, ports, signal)) ??
    failureOf(command, result, 'Docker Compose could not start the stack.')
  )
}

/**
 * Throws what is wrong with the first container that ends by itself, or that does not answer in the end. All of them answer
 * also while Compose has not come yet to the one that it makes anew.
 */
async function waitUntilReady(
  input: RunContainersInput,
  moment: Readonly<Moment>,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  let shown = ''
  for (;;) {
    // It goes on meanwhile: what was true before the look counts.
    const { begun, composed } = moment
    const containers = await inspectContainers(input.stackName, ports, signal)
    const failure = await findFailure(input, containers, { begun, composed }, ports, signal)
    if (failure !== undefined) throw failure
    const waiting = findWaiting(input.services, containers, begun)
    if (waiting === undefined && composed) return
    if (waiting !== undefined && ports.clock.now().getTime() > begun.getTime() + UP_LIMIT_MS)
      throw notReady(waiting.name)
    const phase = waiting === undefined ? 'comparing with compose.yaml' : formatUpPhase(waiting)
    if (phase !== shown) progress(phase)
    shown = phase
    await ports.clock.sleep(LOOK_MS, signal)
  }
}

function notReady(name: string): ExternalError {
  return new ExternalError('service.not-ready', `The service ${name} does not answer.`, {
    because: `It was waited for ${UP_LIMIT_MS / 60_000} minutes.`,
    hint: { text: 'Its log says more.', command: `mlflow-setup logs ${name}` },
  })
}

async function restart(
  { stackDirectory }: RunContainersInput,
  names: readonly string[],
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  progress(`${names.join(', ')} again`)
  for (const args of [
    ['restart', '--no-deps', ...names],
    ['up', '--detach', '--wait', '--no-deps', '--no-build', ...names],
  ]) {
    const command = composeCommand(stackDirectory, args, ports.env)
    const result = await ports.commands.run(command, { timeoutMs: COMMAND_LIMIT_MS, signal })
    if (result.exitCode !== 0) throw failureOf(command, result, `Docker Compose could not restart ${names.join(', ')}.`)
  }
}
