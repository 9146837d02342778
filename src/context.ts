// In: this process. Out: CommandContext, with the real world behind every port.
import type { CommandContext } from './commands/command-context.ts'
import { VERSION } from './commands/ready-text.ts'
import { listenForEnd } from './ports/end-signal.ts'
import { onExit } from './ports/exit.ts'
import { makePrompts } from './ports/prompts.ts'
import { makePorts } from './ports/real-ports.ts'
import type { Terminal } from './ports/terminal.ts'
import { makeStyle } from './report/style.ts'

/** Runs `work` in this process; Ctrl-C and the signals that end a program abort it. */
export async function withContext<T>(terminal: Terminal, work: (context: CommandContext) => Promise<T>): Promise<T> {
  const end = listenForEnd()
  const context = makeContext(terminal, end.signal)
  try {
    return await work(context)
  } finally {
    end.stop()
    context.http.close()
  }
}

function makeContext(terminal: Terminal, signal: AbortSignal): CommandContext {
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  const ports = makePorts(env)
  // The mask of a hardened root (077) would close MLflow to the user that runs it. What is secret is given its mode.
  if (ports.host.uid === 0) process.umask(0o022)
  return {
    version: VERSION,
    env,
    cwd: process.cwd(),
    ...ports,
    prompts: makePrompts(terminal, makeStyle(terminal, ports.host.home), { env, signal }),
    terminal,
    signal,
    onExit,
  }
}
