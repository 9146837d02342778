// In: a stack, and the name of a service or none. Out: exit code; the last lines of the logs, and the next ones as they come.
import type { LogOptions } from '../actions/supervisors/supervisor.ts'
import { UserError } from '../errors.ts'
import { printJson } from '../report/print.ts'
import type { CommandContext } from './command-context.ts'
import { requireStack } from './find-stack.ts'
import type { CommonOptions } from './options.ts'
import { requireServices, servicesOf, type KeptService, type ServiceGroup } from './stack-services.ts'

export interface LogsOptions extends CommonOptions {
  /** Undefined: all. */
  readonly service: string | undefined
  readonly follow: boolean
  /** How many lines, as typed. */
  readonly lines: string
}

/** Throws UserError `arguments.wrong` and `service.unknown`, and what finding the stack throws. */
export async function logs(context: CommandContext, options: LogsOptions): Promise<number> {
  const lines = parseLineCount(options)
  const stack = await requireStack(context, options.dir)
  const shown = selectLogs(requireServices(context, stack), options.service)
  const widest = Math.max(...shown.map(({ name }) => name.length))
  const format = ({ name, text }: Line) => (shown.length === 1 ? text : `${name.padEnd(widest)}  ${text}`)
  const show = (line: Line) => context.terminal.out(`${format(line)}\n`)
  if (options.follow) {
    await followLogs(context, shown, lines, show)
    return 0
  }
  const read: Line[] = []
  await readLogs(shown, { lines, follow: false, signal: context.signal }, (line) => read.push(line))
  const told = inOrder(read)
  if (options.json)
    printJson(context.terminal, { schemaVersion: 1, kind: 'logs', name: stack.spec.name, lines: told.map(format) })
  else for (const line of told) show(line)
  return 0
}

function parseLineCount(options: LogsOptions): number {
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
  return lines
}

/** Ctrl-C is how one stops; a reader such as `head` just goes away. */
async function followLogs(
  { terminal: { closed }, signal: ours }: CommandContext,
  shown: readonly Log[],
  lines: number,
  show: (line: Line) => void,
): Promise<void> {
  const signal = closed === undefined ? ours : AbortSignal.any([ours, closed])
  try {
    await readLogs(shown, { lines, follow: true, signal }, show)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function readLogs(
  shown: readonly Log[],
  options: Omit<LogOptions, 'onLine'>,
  onLine: (line: Line) => void,
): Promise<void> {
  await Promise.all(
    shown.map(({ name, logs: read }) => read({ ...options, onLine: (text, at = '') => onLine({ name, text, at }) })),
  )
}

interface Line {
  readonly name: string
  readonly text: string
  /** ISO 8601; empty where nobody knows. */
  readonly at: string
}

/** What services said one after the other; those whose log has no times stay together. */
function inOrder(lines: readonly Line[]): readonly Line[] {
  return lines.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

type Log = Pick<KeptService, 'name' | 'logs'>

/** One-shot jobs speak when they are asked. Throws UserError `service.unknown` for a name that this stack does not have. */
function selectLogs(groups: readonly ServiceGroup[], name: string | undefined): readonly Log[] {
  const services = servicesOf(groups)
  if (name === undefined) return services
  const all: readonly Log[] = [...services, ...groups.flatMap(({ jobs }) => jobs)]
  const found = all.filter((service) => service.name === name)
  if (found.length > 0) return found
  const names = all.map((service) => service.name)
  throw new UserError('service.unknown', `This stack has no service ${name}.`, {
    because: `It has ${names.join(', ')}.`,
    hint: { text: 'Name one of them, or none for all.', command: `mlflow-setup logs ${names[0] ?? ''}` },
  })
}
