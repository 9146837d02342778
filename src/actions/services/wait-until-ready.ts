// In: a service that was just started. Out: nothing once it answers, or the error that says why it does not.
import { ExternalError } from '../../errors.ts'
import type { Service } from '../../targets/service.ts'
import type { ActionPorts, Progress } from '../action-kind.ts'
import type { ServiceState, Supervisor } from '../supervisors/supervisor.ts'
import { askHealth } from './ask-health.ts'
import { explainDeath } from './explain-death.ts'
import { findImpostor } from './find-impostor.ts'
import { formatStartPhase } from './start-phase.ts'

/** How often the health URL is asked, and how often the log and the supervisor are (both cost more). */
const POLL_MS = 50
const LOOK_MS = 400
const REQUEST_TIMEOUT_MS = 2000
const LAST_LINES = 15

interface Start {
  readonly service: Service
  readonly supervisor: Supervisor
  /** The log before the start. */
  readonly logMark: string
  readonly ports: Pick<ActionPorts, 'http' | 'files' | 'clock' | 'processes'>
  readonly progress: Progress
  readonly signal: AbortSignal
}

type HealthPorts = Pick<ActionPorts, 'http' | 'files' | 'processes'>

/** Whether it answers 200 at its health URL, or takes connections on its socket. */
export async function isReady(
  { health }: Service,
  ports: HealthPorts,
  signal: AbortSignal,
  timeoutMs = REQUEST_TIMEOUT_MS,
): Promise<boolean> {
  if (health.kind === 'socket') return ports.processes.takesConnections(health.path)
  try {
    const { status } = await askHealth(health, timeoutMs, ports, signal)
    return status === 200
  } catch {
    signal.throwIfAborted()
    return false
  }
}

/**
 * Polls until the service answers. One that ends, or takes longer than `startTimeoutMs`, is stopped for good and
 * thrown as ExternalError `service.died` or `service.not-ready` with its last lines.
 */
export async function waitUntilReady(start: Start): Promise<void> {
  const { service, supervisor, ports, progress, signal } = start
  const begun = ports.clock.monotonic()
  let nextLook = begun + LOOK_MS
  let shown = ''
  while (!(await isReady(service, ports, signal)) || (await isAnotherOne(start))) {
    const now = ports.clock.monotonic()
    if (now > nextLook) {
      nextLook = now + LOOK_MS
      const state = await supervisor.look(service, signal)
      if (hasEnded(state))
        throw await fail(start, 'service.died', `ended ${howItEnded(state)} ${after(now - begun)}`, state)
      const phase = formatStartPhase(await supervisor.logSince(service, start.logMark, signal))
      if (phase !== shown) progress(phase)
      shown = phase
    }
    if (now - begun > service.startTimeoutMs) {
      throw await fail(start, 'service.not-ready', `did not answer ${after(now - begun)}`, undefined)
    }
    await ports.clock.sleep(POLL_MS, signal)
  }
}

/** Whether what answers is not the service: then this one cannot have its port, and is about to end. */
async function isAnotherOne({ service, supervisor, ports, signal }: Start): Promise<boolean> {
  const { pid } = await supervisor.look(service, signal)
  return pid === undefined || (await findImpostor(service, pid, ports.processes)) !== undefined
}

function hasEnded(state: ServiceState): boolean {
  return state.restarts > 0 || ['restarting', 'failed', 'stopped'].includes(state.status)
}

function howItEnded({ lastExit }: ServiceState): string {
  if (lastExit?.signal !== undefined) return `by ${lastExit.signal}`
  return lastExit?.code === undefined ? 'at once' : `with code ${lastExit.code}`
}

function after(ms: number): string {
  return ms < 10_000 ? `after ${(ms / 1000).toFixed(1)} s` : `after ${Math.round(ms / 1000)} s`
}

async function fail(start: Start, code: string, what: string, state: ServiceState | undefined): Promise<ExternalError> {
  const { service, supervisor, ports, signal } = start
  // Not in a loop for ever: whoever repairs the cause starts it again.
  await supervisor.stop(signal)
  const log = await supervisor.logSince(service, start.logMark, signal)
  const { port } = service
  const listener = port === undefined ? undefined : await ports.processes.listener(port)
  const known = explainDeath(log, port, listener)
  const exitCode = state?.lastExit?.code
  return new ExternalError(code, `The service ${service.name} ${what}.`, {
    because: known?.because ?? 'Its last lines say more.',
    hint: known?.hint ?? { text: 'Mend what they name, then start again.', command: 'mlflow-setup start' },
    source: supervisor.logName(service),
    lastLines: ownLines(log),
    ...(exitCode === undefined ? {} : { exitCode }),
  })
}

/** The service's own last lines, without those of our supervisor. */
function ownLines(log: string): readonly string[] {
  const lines = log.split('\n').map((line) => line.trimEnd())
  return lines.filter((line) => line !== '' && !/^[\d/]+ [\d:]+ mlflow-setup: /u.test(line)).slice(-LAST_LINES)
}
