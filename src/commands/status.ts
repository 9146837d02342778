// In: a stack. Out: exit code; how each service is doing. 0 when all is well, 1 when not.
import { buildStatusDocument } from '../report/json.ts'
import { printJson, printResult } from '../report/print.ts'
import { formatStatus } from '../report/status-view.ts'
import { makeStyle } from '../report/style.ts'
import type { CommandContext } from './command-context.ts'
import { requireStack } from './find-stack.ts'
import { inspectStatus } from './inspect-status.ts'
import type { CommonOptions } from './options.ts'
import { requireServices, servicesOf } from './stack-services.ts'

/** A service that is stopped or silent is a result, not an error. Throws what finding the stack throws. */
export async function status(context: CommandContext, options: CommonOptions): Promise<number> {
  const stack = await requireStack(context, options.dir)
  const report = await inspectStatus(context, stack, servicesOf(requireServices(context, stack)))
  if (options.json) printJson(context.terminal, buildStatusDocument(report))
  else
    printResult(
      context.terminal,
      formatStatus(report, context.clock.now(), makeStyle(context.terminal, context.host.home)),
    )
  return report.healthy ? 0 : 1
}
