// In: a stack. Out: exit code; how each service is doing. 0 when all is well, 1 when not.
import type { LastExit as SeenExit } from '../actions/supervisors/supervisor.ts'
import { buildStatusDocument } from '../report/json.ts'
import { printJson, printResult } from '../report/print.ts'
import type { ServiceStatus, StatusReport } from '../report/status-report.ts'
import { formatStatus } from '../report/status-view.ts'
import { makeStyle } from '../report/style.ts'
import type { Stack } from '../stack/spec.ts'
import type { Service } from '../targets/action.ts'
import type { CommandContext } from './command-context.ts'
import { requireStack } from './find-stack.ts'
import type { CommonOptions } from './options.ts'
import { requireServices, type StackServices } from './stack-services.ts'

/** A healthy server answers in milliseconds; one that does not in this time is not healthy. */
const HEALTH_MS = 5000

export async function status(context: CommandContext, options: CommonOptions): Promise<number> {
  const stack = await requireStack(context, options.dir)
  const report = await inspectStatus(context, stack, requireServices(context, stack))
  if (options.json) printJson(context.terminal, buildStatusDocument(report))
  else
    printResult(
      context.terminal,
      formatStatus(report, context.clock.now(), makeStyle(context.terminal, context.host.home)),
    )
  return report.healthy ? 0 : 1
}

async function inspectStatus(
  context: CommandContext,
  stack: Stack,
  { services, supervisor }: StackServices,
): Promise<StatusReport> {
  const found = await Promise.all(
    services.map(async (service): Promise<{ readonly status: ServiceStatus; readonly healthy: boolean }> => {
      const [state, health] = await Promise.all([supervisor.look(service, context.signal), askHealth(context, service)])
      const running = state.status === 'running'
      const seen: ServiceStatus = {
        name: service.name,
        state: state.status,
        since: state.since?.toISOString(),
        port: Number(new URL(service.healthUrl).port),
        workers: stack.spec.workers,
        restarts: state.restarts,
        ...(state.pid === undefined ? {} : { pid: state.pid, memoryBytes: state.memoryBytes }),
        ...(running && health !== undefined ? { version: stack.spec.mlflowVersion, latencyMs: health } : {}),
        ...(state.lastExit === undefined
          ? {}
          : { lastExit: { how: exitWords(state.lastExit), at: state.lastExit.at.toISOString() } }),
      }
      return { status: seen, healthy: running && health !== undefined }
    }),
  )
  const sick = found.find(({ healthy }) => !healthy)
  const { name, scenario, target, publicUrl } = stack.spec
  return {
    name,
    directory: stack.directory,
    scenario,
    target,
    address: publicUrl,
    healthy: sick === undefined,
    services: found.map(({ status: one }) => one),
    ...(sick === undefined ? {} : diagnose(sick.status)),
  }
}

/** Milliseconds to the answer, or undefined when there is none. */
async function askHealth(context: CommandContext, service: Service): Promise<number | undefined> {
  const begin = context.clock.monotonic()
  try {
    const { status: code } = await context.http.request({
      method: 'GET',
      url: service.healthUrl,
      timeoutMs: HEALTH_MS,
      signal: context.signal,
    })
    return code === 200 ? context.clock.monotonic() - begin : undefined
  } catch {
    // No answer is what is asked here; who wants to know why looks into the log.
    context.signal.throwIfAborted()
    return undefined
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

function exitWords({ code, signal }: SeenExit): string {
  return signal ?? (code === undefined ? 'for an unknown reason' : `code ${code}`)
}
