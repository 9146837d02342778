// In: the arguments of this program. Out: its exit code. The only place where errors are caught.
import type { CommandContext } from './commands/command-context.ts'
import { readyText } from './commands/ready-text.ts'
import { NO_OPTIONS } from './commands/options.ts'
import { CancelledError, HalfwayError, UserError } from './errors.ts'
import { openTerminal } from './open-terminal.ts'

/** Runs the program in this process. */
export async function run(args: readonly string[]): Promise<number> {
  const terminal = openTerminal()
  const text = readyText(args, terminal.columns)
  if (text !== undefined) {
    terminal.out(text)
    return 0
  }
  const { withContext } = await import('./context.ts')
  return withContext(terminal, (context) => main(args, context))
}

/**
 * Runs one command. 0 fine, 1 failed or unhealthy, 2 wrong or missing input, 4 changes pending, 130 cancelled.
 * Never throws: what a command throws is told here, once.
 */
export async function main(args: readonly string[], context: CommandContext): Promise<number> {
  try {
    // Without an argument there is nothing to parse, and the first question stands a third sooner.
    if (args.length === 0) return await (await import('./commands/setup.ts')).setup(context, NO_OPTIONS)
    const { buildProgram } = await import('./commands/program.ts')
    return await buildProgram(context)(args)
  } catch (error) {
    return tell(error, args, context)
  }
}

async function tell(error: unknown, args: readonly string[], context: CommandContext): Promise<number> {
  const [{ formatError }, { buildErrorDocument }, { printAside, printJson }, { makeStyle }] = await Promise.all([
    import('./report/error-view.ts'),
    import('./report/json.ts'),
    import('./report/print.ts'),
    import('./report/style.ts'),
  ])
  const cause = error instanceof HalfwayError ? error.cause : error
  const done = error instanceof HalfwayError ? error.done : []
  const view = { debug: args.includes('--debug'), done }
  const { terminal } = context
  if (args.includes('--json')) printJson(terminal, buildErrorDocument(cause, view))
  // The wizard has already closed its frame with the same words.
  else if (!(cause instanceof CancelledError && !cause.changed && terminal.interactive)) {
    printAside(terminal, formatError(cause, makeStyle(terminal, context.host.home), view))
  }
  if (cause instanceof CancelledError) return 130
  return cause instanceof UserError ? 2 : 1
}
