// In: a stack and its services. Out: StatusReport, how they are doing at this moment.
import { askHealth } from '../actions/services/ask-health.ts'
import type { LastExit, ServiceState } from '../actions/supervisors/supervisor.ts'
import type { ServiceStatus, StatusReport } from '../report/status-report.ts'
import type { Stack } from '../stack/spec.ts'
import type { CommandContext } from './command-context.ts'
import { inspectParts } from './inspect-parts.ts'
import type { KeptService } from './stack-services.ts'

/** A healthy server answers in milliseconds; one that does not in this time is not healthy. */
const HEALTH_MS = 5000

export async function inspectStatus(
  context: CommandContext,
  stack: Stack,
  kept: readonly KeptService[],
): Promise<StatusReport> {
  const inspectOne = async (service: KeptService): Promise<ServiceStatus> => {
    const [state, answer] = await Promise.all([service.look(context.signal), inspectHealth(context, service)])
    const workers = service.name === 'mlflow' ? { workers: stack.spec.workers } : {}
    return { ...describe(service, state), ...workers, ...(state.status === 'running' ? answer : {}) }
  }
  const [parts, ...found] = await Promise.all([inspectParts(context, stack), ...kept.map(inspectOne)])
  const sick = found.find(
    ({ state, latencyMs }, at) => state !== 'running' || (latencyMs === undefined && kept[at]?.health !== undefined),
  )
  const { name, scenario, target, publicUrl } = stack.spec
  const about = { name, directory: stack.directory, scenario, target, address: publicUrl, services: found, parts }
  if (sick !== undefined) return { ...about, healthy: false, ...diagnose(sick) }
  const broken = parts.find(({ healthy }) => !healthy)
  if (broken === undefined) return { ...about, healthy: true }
  const { because = '', command = 'mlflow-setup plan' } = broken
  return { ...about, healthy: false, because, command }
}

/** What its supervisor says. */
function describe(service: KeptService, state: ServiceState): ServiceStatus {
  const { status, pid, since, restarts, memoryBytes, memoryLimit, image, cause, lastExit } = state
  return {
    name: service.name,
    state: status,
    since: since?.toISOString(),
    ...(service.port === undefined ? {} : { port: service.port }),
    restarts,
    ...(image === undefined ? {} : { image }),
    ...(pid === undefined ? {} : { pid }),
    // Processes of an engine in a virtual machine are not to be seen from here.
    ...(memoryBytes === 0 ? {} : { memoryBytes, ...(memoryLimit === undefined ? {} : { memoryLimit }) }),
    ...(cause === undefined ? {} : { cause }),
    ...(lastExit === undefined ? {} : { lastExit: { how: exitWords(lastExit), at: lastExit.at.toISOString() } }),
  }
}

/** What the server itself says: its version, and how fast; nothing when it does not answer. */
async function inspectHealth(
  context: CommandContext,
  { health }: KeptService,
): Promise<Pick<ServiceStatus, 'latencyMs' | 'version'>> {
  const { clock, signal, processes } = context
  if (health === undefined) return {}
  const begin = clock.monotonic()
  try {
    if (health.kind === 'socket') {
      return (await processes.takesConnections(health.path)) ? { latencyMs: clock.monotonic() - begin } : {}
    }
    const answer = await askHealth(health, HEALTH_MS, context, signal)
    const latencyMs = clock.monotonic() - begin
    if (answer.status !== 200) return {}
    // nginx asks for a password there.
    if (health.host !== undefined) return { latencyMs }
    const version = await askHealth(
      { ...health, url: health.url.replace(/health$/, 'version') },
      HEALTH_MS,
      context,
      signal,
    )
    return version.status === 200 ? { latencyMs, version: version.text().trim() } : { latencyMs }
  } catch {
    // No answer is an answer here; who wants to know why looks into the log.
    signal.throwIfAborted()
    return {}
  }
}

function diagnose({ name, state, cause = '' }: ServiceStatus): { readonly because: string; readonly command: string } {
  const told = cause === '' ? '.' : `: ${cause}`
  switch (state) {
    case 'stopped':
      return { because: `${name} is stopped.`, command: 'mlflow-setup start' }
    case 'starting':
      return { because: `${name} is starting.`, command: 'mlflow-setup logs --follow' }
    case 'running':
      return { because: `${name} runs but does not answer.`, command: 'mlflow-setup logs' }
    case 'unhealthy':
      return { because: `${name} runs but does not answer${told}`, command: `mlflow-setup logs ${name}` }
    case 'restarting':
    case 'failed':
      return { because: `${name} ended by itself${told}`, command: `mlflow-setup logs ${name}` }
  }
}

function exitWords({ code, signal }: LastExit): string {
  return signal ?? (code === undefined ? 'for an unknown reason' : `code ${code}`)
}
