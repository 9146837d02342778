// In: a stack, and the name of a service or none. Out: exit code; the last lines of the logs, and the next ones as they come.
import { UserError } from '../errors.ts'
import { printJson } from '../report/print.ts'
import type { CommandContext } from './command-context.ts'
import { requireStack } from './find-stack.ts'
import type { CommonOptions } from './options.ts'
import { requireServices, servicesOf, type KeptService } from './stack-services.ts'

export interface LogsOptions extends CommonOptions {
  /** Undefined: all. */
  readonly service: string | undefined
  readonly follow: boolean
  /** How many lines, as typed. */
  readonly lines: string
}

/** Throws UserError `arguments.wrong` and `service.unknown`, and what finding the stack throws. */
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
  const shown = selectServices(servicesOf(requireServices(context, stack)), options.service)
  const read: string[] = []
  const widest = Math.max(...shown.map(({ name }) => name.length))
  const show = ({ name }: KeptService, line: string) => {
    const text = shown.length === 1 ? line : `${name.padEnd(widest)}  ${line}`
    if (options.json) read.push(text)
    else context.terminal.out(`${text}\n`)
  }
  const { closed } = context.terminal
  const signal = closed === undefined ? context.signal : AbortSignal.any([context.signal, closed])
  try {
    await Promise.all(
      shown.map((kept) => {
        const onLine = (line: string) => show(kept, line)
        return kept.logs({ lines, follow: options.follow, onLine, signal })
      }),
    )
  } catch (error) {
    // Ctrl-C is how one stops following; a reader such as `head` just goes away.
    if (!options.follow || !signal.aborted) throw error
  }
  if (options.json) printJson(context.terminal, { schemaVersion: 1, kind: 'logs', name: stack.spec.name, lines: read })
  return 0
}

/** Throws UserError `service.unknown` for a name that this stack does not have. */
function selectServices(all: readonly KeptService[], name: string | undefined): readonly KeptService[] {
  if (name === undefined) return all
  const found = all.filter((service) => service.name === name)
  if (found.length > 0) return found
  const names = all.map((service) => service.name)
  throw new UserError('service.unknown', `This stack has no service ${name}.`, {
    because: `It has ${names.join(', ')}.`,
    hint: { text: 'Name one of them, or none for all.', command: `mlflow-setup logs ${names[0] ?? ''}` },
  })
}
