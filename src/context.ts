// In: this process. Out: CommandContext, with the real world behind every port.
import type { CommandContext } from './commands/command-context.ts'
import { makeClock } from './ports/clock.ts'
import { makeCommands } from './ports/commands.ts'
import { onExit } from './ports/exit.ts'
import { listenForEnd } from './ports/end-signal.ts'
import { makeFiles } from './ports/files.ts'
import { readHost } from './ports/host.ts'
import { makeHttp } from './ports/http.ts'
import { makeProcesses } from './ports/processes.ts'
import { makePrompts } from './ports/prompts.ts'
import { makeRandom } from './ports/random.ts'
import { makeTemplates } from './ports/templates.ts'
import { makeTerminal } from './ports/terminal.ts'
import { makeStyle } from './report/style.ts'

/** Set by the build. */
declare const MLFLOW_SETUP_VERSION: string | undefined

const VERSION = typeof MLFLOW_SETUP_VERSION === 'undefined' ? '0.0.0' : MLFLOW_SETUP_VERSION

/** Runs `work` in this process; Ctrl-C and the signals that end a program abort it. */
export async function withContext<T>(work: (context: CommandContext) => Promise<T>): Promise<T> {
  const end = listenForEnd()
  const context = makeContext(end.signal)
  try {
    return await work(context)
  } finally {
    end.stop()
    context.http.close()
  }
}

function makeContext(signal: AbortSignal): CommandContext {
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  const terminal = makeTerminal()
  const host = readHost(env)
  return {
    version: VERSION,
    env,
    cwd: process.cwd(),
    host,
    files: makeFiles(),
    commands: makeCommands(),
    processes: makeProcesses(),
    http: makeHttp(),
    clock: makeClock(),
    random: makeRandom(),
    templates: makeTemplates(),
    prompts: makePrompts(terminal, makeStyle(terminal, host.home), { env, signal }),
    terminal,
    signal,
    onExit,
  }
}
