// In: a stack. Out: exit code; the last lines of its server's log, and the next ones as they come.
import { UserError } from '../errors.ts'
import { printJson } from '../report/print.ts'
import type { CommandContext } from './command-context.ts'
import { requireStack } from './find-stack.ts'
import type { CommonOptions } from './options.ts'
import { requireServices } from './stack-services.ts'

export interface LogsOptions extends CommonOptions {
  readonly follow: boolean
  /** How many lines, as typed. */
  readonly lines: string
}

export async function logs(context: CommandContext, options: LogsOptions): Promise<number> {
  const lines = Number(options.lines)
  if (!Number.isInteger(lines) || lines < 0) {
    throw new UserError('arguments.wrong', `--lines: ${JSON.stringify(options.lines)} is not a number of lines.`, {
      hint: { text: 'Give a whole number.', command: 'mlflow-setup logs --lines 100' },
    })
  }
  if (options.follow && options.json) {
    throw new UserError('arguments.wrong', '--follow and --json do not go together.', {
      because: '--json is one document, and following has no end.',
      hint: { text: 'Leave one of them out.', command: 'mlflow-setup logs --follow' },
    })
  }
  const stack = await requireStack(context, options.dir)
  const { services, supervisor } = requireServices(context, stack)
  const read: string[] = []
  const onLine = (line: string) => (options.json ? read.push(line) : context.terminal.out(`${line}\n`))
  const { closed } = context.terminal
  const signal = closed === undefined ? context.signal : AbortSignal.any([context.signal, closed])
  try {
    await Promise.all(
      services.map((service) => supervisor.logs(service, { lines, follow: options.follow, onLine, signal })),
    )
  } catch (error) {
    // Ctrl-C is how one stops following; a reader such as `head` just goes away.
    if (!options.follow || !signal.aborted) throw error
  }
  if (options.json) printJson(context.terminal, { schemaVersion: 1, kind: 'logs', name: stack.spec.name, lines: read })
  return 0
}
