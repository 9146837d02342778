// In: a stack and its services. Out: StatusReport, how they are doing at this moment.
import type { LastExit, ServiceState } from '../actions/supervisors/supervisor.ts'
import type { ServiceStatus, StatusReport } from '../report/status-report.ts'
import type { Stack } from '../stack/spec.ts'
import type { Service } from '../targets/service.ts'
import type { CommandContext } from './command-context.ts'
import type { StackServices } from './stack-services.ts'

/** A healthy server answers in milliseconds; one that does not in this time is not healthy. */
const HEALTH_MS = 5000

export async function inspectStatus(
  context: CommandContext,
  stack: Stack,
  { services, supervisor }: StackServices,
): Promise<StatusReport> {
  const inspectOne = async (service: Service): Promise<ServiceStatus> => {
    const [state, answer] = await Promise.all([
      supervisor.look(service, context.signal),
      inspectHealth(context, service),
    ])
    return { ...describe(service, state), workers: stack.spec.workers, ...(state.status === 'running' ? answer : {}) }
  }
  const found = await Promise.all(services.map(inspectOne))
  const sick = found.find(({ state, latencyMs }) => state !== 'running' || latencyMs === undefined)
  const { name, scenario, target, publicUrl } = stack.spec
  const about = { name, directory: stack.directory, scenario, target, address: publicUrl, services: found }
  return sick === undefined ? { ...about, healthy: true } : { ...about, healthy: false, ...diagnose(sick) }
}

/** What its supervisor says. */
function describe(service: Service, state: ServiceState): ServiceStatus {
  const { status, pid, since, restarts, memoryBytes, lastExit } = state
  return {
    name: service.name,
    state: status,
    since: since?.toISOString(),
    port: service.port ?? 0,
    restarts,
    ...(pid === undefined ? {} : { pid, memoryBytes }),
    ...(lastExit === undefined ? {} : { lastExit: { how: exitWords(lastExit), at: lastExit.at.toISOString() } }),
  }
}

/** What the server itself says: its version, and how fast; nothing when it does not answer. */
async function inspectHealth(
  context: CommandContext,
  service: Service,
): Promise<Pick<ServiceStatus, 'latencyMs' | 'version'>> {
  const { http, clock, signal } = context
  const { health } = service
  if (health.kind !== 'http') return {}
  const ask = (url: string) => http.request({ method: 'GET', url, timeoutMs: HEALTH_MS, signal })
  try {
    const begin = clock.monotonic()
    const answer = await ask(health.url)
    const latencyMs = clock.monotonic() - begin
    if (answer.status !== 200) return {}
    const version = await ask(health.url.replace(/health$/, 'version'))
    return version.status === 200 ? { latencyMs, version: version.text().trim() } : { latencyMs }
  } catch {
    // No answer is an answer here; who wants to know why looks into the log.
    signal.throwIfAborted()
    return {}
  }
}

function diagnose({ name, state }: ServiceStatus): { readonly because: string; readonly command: string } {
  switch (state) {
    case 'stopped':
      return { because: `${name} is stopped.`, command: 'mlflow-setup start' }
    case 'starting':
      return { because: `${name} is starting.`, command: 'mlflow-setup logs --follow' }
    case 'running':
      return { because: `${name} runs but does not answer.`, command: 'mlflow-setup logs' }
    case 'restarting':
    case 'failed':
      return { because: `${name} ended by itself.`, command: 'mlflow-setup logs' }
  }
}

function exitWords({ code, signal }: LastExit): string {
  return signal ?? (code === undefined ? 'for an unknown reason' : `code ${code}`)
}
