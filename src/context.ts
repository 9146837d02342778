// In: this process. Out: CommandContext, with the real world behind every port.
import { CancelledError } from './errors.ts'
import type { CommandContext } from './commands/command-context.ts'
import { makeClock } from './ports/clock.ts'
import { makeCommands } from './ports/commands.ts'
import { onExit } from './ports/exit.ts'
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

export const VERSION = typeof MLFLOW_SETUP_VERSION === 'undefined' ? '0.0.0' : MLFLOW_SETUP_VERSION

/** `signal` ends what is under way. */
export function makeContext(signal: AbortSignal): CommandContext {
  const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
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

/** Aborts on Ctrl-C and on the signals that end a program. A second one ends it at once. */
export function listenForEnd(abort: AbortController): () => void {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const end = () => {
    stop()
    abort.abort(new CancelledError(false))
  }
  const stop = () => names.forEach((name) => process.off(name, end))
  names.forEach((name) => process.on(name, end))
  return stop
}
