// In: this process. Out: CommandContext, with the real world behind every port.
import type { CommandContext } from './commands/command-context.ts'
import { VERSION } from './commands/ready-text.ts'
import { listenForEnd } from './ports/end-signal.ts'
import { onExit } from './ports/exit.ts'
import { makeTerminal, type Terminal } from './ports/terminal.ts'

/** The terminal of this process: all that a text which is ready needs. */
export function openTerminal(): Terminal {
  return makeTerminal()
}

/** Runs `work` in this process; Ctrl-C and the signals that end a program abort it. */
export async function withContext<T>(terminal: Terminal, work: (context: CommandContext) => Promise<T>): Promise<T> {
  const end = listenForEnd()
  const context = await makeContext(terminal, end.signal)
  try {
    return await work(context)
  } finally {
    end.stop()
    context.http.close()
  }
}

async function makeContext(terminal: Terminal, signal: AbortSignal): Promise<CommandContext> {
  const [{ makePorts }, { makePrompts }, { makeStyle }] = await Promise.all([
    import('./ports/real-ports.ts'),
    import('./ports/prompts.ts'),
    import('./report/style.ts'),
  ])
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
