// In: a stack, and start, stop or restart. Out: exit code; its server is running and answers, or is stopped.
import { applyAction } from '../actions/action-table.ts'
import { withStackLock } from '../actions/stack-lock.ts'
import { printJson, printResult } from '../report/print.ts'
import type { CommandContext } from './command-context.ts'
import { requireStack } from './find-stack.ts'
import type { CommonOptions } from './options.ts'
import { requireServices, type StackServices } from './stack-services.ts'
import { withProgress } from './with-progress.ts'

export type Verb = 'start' | 'stop' | 'restart'

/** Throws ExternalError when the server does not come up, with its last log lines. */
export async function controlServices(context: CommandContext, options: CommonOptions, verb: Verb): Promise<number> {
  const stack = await requireStack(context, options.dir)
  const kept = requireServices(context, stack)
  const words = await withStackLock(stack.directory, context, () => carryOut(context, kept, verb))
  if (options.json) printJson(context.terminal, { schemaVersion: 1, kind: verb, name: stack.spec.name, result: words })
  else
    printResult(context.terminal, [
      `${stack.spec.name} ${words}${verb === 'stop' ? '' : ` at ${stack.spec.publicUrl ?? ''}`}.`,
    ])
  return 0
}

async function carryOut(
  context: CommandContext,
  { action, services, supervisor }: StackServices,
  verb: Verb,
): Promise<string> {
  const states = await Promise.all(services.map((service) => supervisor.look(service, context.signal)))
  if (verb === 'start' && states.every(({ status }) => status === 'running')) return 'is running already'
  if (verb === 'stop' && states.every(({ status }) => status === 'stopped')) return 'is stopped already'
  await withProgress(context, async (progress) => {
    progress.start(action.id, action.title)
    if (verb === 'stop') await supervisor.stop(context.signal)
    else
      await applyAction(action, { ...context, secrets: {} }, (text) => progress.update(action.id, text), context.signal)
    progress.finish(action.id)
  })
  return verb === 'stop' ? 'is stopped' : 'is running'
}
