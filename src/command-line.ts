// In: arguments and a terminal. Out: the exit code of the command. The only place where errors are caught.
import type { CommandContext } from './commands/command-context.ts'
import { NO_OPTIONS } from './commands/options.ts'
import { setup } from './commands/setup.ts'
import { withContext } from './context.ts'
import { CancelledError, HalfwayError, UserError } from './errors.ts'
import type { Terminal } from './ports/terminal.ts'
import { makeStyle } from './report/style.ts'

/** Runs one command in this process. */
export function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  return withContext(terminal, (context) => main(args, context))
}

/**
 * Runs one command. 0 fine, 1 failed or unhealthy, 2 wrong or missing input, 4 changes pending, 130 cancelled.
 * Never throws: what a command throws is told here, once.
 */
export async function main(args: readonly string[], context: CommandContext): Promise<number> {
  try {
    // Without an argument there is nothing to parse, and the first question stands a third sooner.
    if (args.length === 0) return await setup(context, NO_OPTIONS)
    const { buildProgram } = await import('./commands/program.ts')
    return await buildProgram(context)(args)
  } catch (error) {
    return tell(error, args, context)
  }
}

async function tell(error: unknown, args: readonly string[], context: CommandContext): Promise<number> {
  const [{ formatError }, { buildErrorDocument }, { printAside, printJson }] = await Promise.all([
    import('./report/error-view.ts'),
    import('./report/json.ts'),
    import('./report/print.ts'),
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
