// In: a stack. Out: exit code; the last lines of its server's log, and the next ones as they come.
import { UserError } from '../errors.ts'
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
  const { services, supervisor } = requireServices(context, await requireStack(context, options.dir))
  const onLine = (line: string) => context.terminal.out(`${line}\n`)
  const read = Promise.all(
    services.map((service) =>
      supervisor.logs(service, { lines, follow: options.follow, onLine, signal: context.signal }),
    ),
  )
  try {
    await read
  } catch (error) {
    // Ctrl-C is how one stops following.
    if (!options.follow || !context.signal.aborted) throw error
  }
  return 0
}
