// In: whatever was thrown. Out: what failed, why, and what to do, as lines.
import { CancelledError, ExternalError, UserError, type Hint, type Problem } from '../errors.ts'
import { alignColumns, breakAnywhere, hang } from './layout.ts'
import type { Style } from './style.ts'

export interface ErrorViewOptions {
  /** Show stacks. */
  readonly debug: boolean
  /** Titles of the actions that are done and kept. */
  readonly done?: readonly string[]
}

const MOST_LINES = 12

/** Home directories are shown as `~`. Several errors at once (AggregateError) come one below the other. */
export function formatError(error: unknown, style: Style, options: ErrorViewOptions): string[] {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.flatMap((one, i) => {
      const lines = formatError(one, style, {
        ...options,
        done: i === error.errors.length - 1 ? (options.done ?? []) : [],
      })
      return i === 0 ? lines : ['', ...lines]
    })
  }
  const kept = formatKept(options.done ?? [], style)
  const stack = options.debug ? formatStacks(error, style) : []
  if (error instanceof CancelledError) return [...title(cancelWords(error), style.yellow, style), ...stack]
  if (error instanceof UserError && error.problems.length > 0) return [...formatProblems(error, style), ...stack]
  if (error instanceof UserError) return [...formatUserError(error, style), ...kept, ...stack]
  if (error instanceof ExternalError) return [...formatExternalError(error, style), ...kept, ...stack]
  return [...formatBug(error, options.debug, style), ...kept, ...stack]
}

/** The line after a cancel, also for the end of the wizard. */
function cancelWords(error: CancelledError): string {
  return error.changed
    ? 'Cancelled. What was done is kept; running again goes on from there.'
    : 'Cancelled. Nothing was changed.'
}

function formatUserError(error: UserError, style: Style): string[] {
  return [
    ...title(error.message, style.red, style),
    ...block([...why(error.because, style), ...toDo(error.hint, style)]),
  ]
}

function formatExternalError(error: ExternalError, style: Style): string[] {
  const what = [
    ...(error.command === undefined
      ? []
      : row('What', `${style.home(error.command)}${exitWords(error.exitCode)}`, style)),
    ...(error.command === undefined && error.exitCode !== undefined
      ? row('What', `it ended with code ${error.exitCode}`, style)
      : []),
  ]
  const facts = [...what, ...why(error.because, style), ...toDo(error.hint, style)]
  return [...title(error.message, style.red, style), ...block(facts), ...block(formatLastLines(error, style))]
}

function exitWords(exitCode: number | undefined): string {
  return exitCode === undefined ? '' : ` ended with code ${exitCode}`
}

function formatLastLines(error: ExternalError, style: Style): string[] {
  if (error.lastLines.length === 0) return []
  const from = error.source === undefined ? 'Last lines' : `Last lines of ${style.home(error.source)}`
  const room = style.columns - 5
  return [
    `   ${style.bold(from)}`,
    ...error.lastLines.slice(-MOST_LINES).flatMap((line) => {
      // Long log lines are broken anywhere and never cut: what matters often stands at their end.
      return style
        .wrap(style.home(plain(line)), room)
        .flatMap((part) => breakAnywhere(part, room))
        .map((part) => `   ${style.dim(style.symbols.bar)} ${part.trimEnd()}`)
    }),
  ]
}

/** All wrong and missing answers, in columns: name, what is wrong, variable; the variable below where there is no room. */
function formatProblems(error: UserError, style: Style): string[] {
  const rows = error.problems.map(({ name, message, variable }) => [`  ${name}`, style.home(message), variable ?? ''])
  const table = alignColumns(rows)
  const fits = table.every((line) => style.width(line) <= style.columns)
  const lines = fits
    ? alignColumns(rows.map(([name = '', ...rest]) => [style.bold(name), ...rest]))
    : stacked(error.problems, style)
  return [...hang('mlflow-setup: ', error.message, style.columns), '', ...lines, ...block(toDo(error.hint, style))]
}

function stacked(problems: readonly Problem[], style: Style): string[] {
  const width = Math.max(...problems.map(({ name }) => style.width(name)))
  return problems.flatMap(({ name, message, variable }) => [
    ...hang(`  ${style.padEnd(style.bold(name), width)}  `, style.home(message), style.columns),
    ...(variable === undefined ? [] : [`${' '.repeat(width + 4)}${style.dim(variable)}`]),
  ])
}

function formatBug(error: unknown, debug: boolean, style: Style): string[] {
  const words = error instanceof Error ? error.message : String(error)
  const text = debug ? 'Report it with the lines below.' : 'Run the same command with --debug and report what it shows.'
  return [
    ...title('This is a bug in mlflow-setup.', style.red, style),
    ...block([...row('What', style.home(words === '' ? 'no message' : words), style), ...row('Do', text, style)]),
  ]
}

function formatKept(done: readonly string[], style: Style): string[] {
  if (done.length === 0) return []
  return ['', ...hang('   ', `Done and kept: ${done.join(', ')}. Running again goes on from there.`, style.columns)]
}

function formatStacks(error: unknown, style: Style): string[] {
  const lines: string[] = []
  for (let at: unknown = error; at instanceof Error && lines.length < 200; at = at.cause) {
    lines.push(
      `   ${lines.length === 0 ? 'Stack' : 'Caused by'}`,
      ...(at.stack ?? at.message).split('\n').map((line) => `   ${line.trimEnd()}`),
    )
  }
  return lines.length === 0 ? [] : ['', ...lines.map((line) => style.dim(style.home(line)))]
}

function title(text: string, paint: (text: string) => string, style: Style): string[] {
  return hang(`${paint(style.symbols.failed)}  `, style.home(text), style.columns, { paint: style.bold })
}

function why(because: string | undefined, style: Style): string[] {
  return because === undefined ? [] : row('Why', style.home(because), style)
}

function toDo(hint: Hint | undefined, style: Style): string[] {
  if (hint === undefined) return []
  // A command is never broken: it is there to be copied.
  return [
    ...row('Do', style.home(hint.text), style),
    ...(hint.command === undefined ? [] : [`          ${style.cyan(hint.command)}`]),
    ...(hint.copy === undefined ? [] : ['', ...hint.copy.trimEnd().split('\n')]),
  ]
}

function row(label: string, text: string, style: Style): string[] {
  return hang(`   ${style.bold(style.padEnd(label, 5))}  `, text, style.columns)
}

/** With an empty line before it, when there is anything. */
function block(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines]
}

// oxlint-disable-next-line no-control-regex -- logs may carry colours and cursor movements, which must not act here
const CONTROL = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g

function plain(line: string): string {
  return line.replaceAll('\t', '    ').replaceAll(CONTROL, '')
}
