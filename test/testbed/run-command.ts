// In: arguments, and what differs from this process. Out: what the program says, run in this process against the real machine.
import type { CommandContext } from '../../src/commands/command-context.ts'
import { main } from '../../src/command-line.ts'
import { makePorts } from '../../src/ports/real-ports.ts'
import { makeFakePrompts } from '../fakes/prompts.ts'
import { makeFakeTerminal } from '../fakes/terminal.ts'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Run {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** What a person at the terminal answers; absent: nobody is there. */
  readonly answers?: Parameters<typeof makeFakePrompts>[0]
}

export async function runCommand(args: readonly string[], { cwd, env: more = {}, answers }: Run): Promise<Said> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: cwd, ...more }
  const terminal = makeFakeTerminal({ interactive: answers !== undefined })
  const context: CommandContext = {
    ...makePorts(env),
    version: '0.0.0',
    env,
    cwd,
    prompts: makeFakePrompts(answers ?? {}),
    terminal,
    signal: new AbortController().signal,
    onExit: () => () => {},
  }
  try {
    return { code: await main(args, context), out: terminal.stdout, err: terminal.stderr }
  } finally {
    context.http.close()
  }
}
