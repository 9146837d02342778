// In: a stack, and start, stop or restart. Out: exit code; its services are running and answer, or are stopped.
import { withStackLock } from '../actions/stack-lock.ts'
import { printJson, printResult } from '../report/print.ts'
import type { CommandContext } from './command-context.ts'
import { requireStack } from './find-stack.ts'
import type { CommonOptions } from './options.ts'
import { requireServices, type ServiceGroup } from './stack-services.ts'
import { withProgress } from './with-progress.ts'

export type Verb = 'start' | 'stop' | 'restart'

/** Throws ExternalError when a server does not come up, with its last log lines. */
export async function controlServices(context: CommandContext, options: CommonOptions, verb: Verb): Promise<number> {
  const stack = await requireStack(context, options.dir)
  const groups = requireServices(context, stack)
  const words = await withStackLock(stack.directory, context, () => carryOut(context, groups, verb))
  if (options.json) printJson(context.terminal, { schemaVersion: 1, kind: verb, name: stack.spec.name, result: words })
  else
    printResult(context.terminal, [
      `${stack.spec.name} ${words}${verb === 'stop' ? '' : ` at ${stack.spec.publicUrl ?? ''}`}.`,
    ])
  return 0
}

/** What serves others starts first and stops last. */
async function carryOut(context: CommandContext, groups: readonly ServiceGroup[], verb: Verb): Promise<string> {
  const running = await Promise.all(groups.map((group) => isAll('running', group, context)))
  if (verb === 'start' && running.every(Boolean)) return 'is running already'
  const stopped = await Promise.all(groups.map((group) => isAll('stopped', group, context)))
  if (verb === 'stop' && stopped.every(Boolean)) return 'is stopped already'
  const { signal } = context
  await withProgress(context, async (progress) => {
    const sayOf = ({ id, title }: ServiceGroup) => {
      progress.start(id, title)
      return (text: string) => progress.update(id, text)
    }
    // Nothing may ask for a database while that is restarted: all stop first, and each line goes on with the start.
    if (verb !== 'start') for (const group of groups.toReversed()) await stopGroup(group)
    if (verb === 'stop') return
    for (const [at, group] of groups.entries()) {
      if (verb === 'start' && running[at] === true) continue
      await group.start(sayOf(group), signal)
      progress.finish(group.id, 'running')
    }

    async function stopGroup(group: ServiceGroup): Promise<void> {
      const say = sayOf(group)
      await group.stop(say, signal)
      if (verb === 'stop') progress.finish(group.id, 'stopped')
      else say('stopped')
    }
  })
  return verb === 'stop' ? 'is stopped' : 'is running'
}

async function isAll(
  status: 'running' | 'stopped',
  { services }: ServiceGroup,
  { signal }: CommandContext,
): Promise<boolean> {
  const states = await Promise.all(services.map((service) => service.look(signal)))
  return states.every((state) => state.status === status)
}
