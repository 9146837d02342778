import type { CommandContext } from '../../src/commands/command-context.ts'
import { main } from '../../src/command-line.ts'
import { readHost } from '../../src/ports/host.ts'
import { CancelledError } from '../../src/errors.ts'
import type { Prompts } from '../../src/ports/prompts.ts'
import { makeFakeTerminal, type FakeTerminal } from '../fakes/terminal.ts'
import type { FakePrompts } from '../fakes/prompts.ts'
import { realPorts } from './services.ts'

export interface Told {
  readonly code: number
  readonly prompts: FakePrompts
  readonly terminal: FakeTerminal
}

/** The program in this process: the machine is real, the person at the terminal is not. */
export async function sit(
  home: string,
  args: readonly string[],
  prompts: FakePrompts,
  more: Partial<CommandContext> = {},
): Promise<Told> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, ...more.env }
  const terminal = makeFakeTerminal({ interactive: true })
  const context: CommandContext = {
    ...realPorts(env),
    version: '0.0.0',
    cwd: home,
    host: readHost(env),
    prompts,
    terminal,
    signal: new AbortController().signal,
    onExit: () => () => {},
    ...more,
    env,
  }
  return { code: await main(args, context), prompts, terminal }
}

/** The same person, who leaves when a plan is shown: nothing is applied. */
export function untilReview(prompts: FakePrompts): FakePrompts {
  const select: Prompts['select'] = (prompt) => {
    if (prompt.choices.every(({ value }) => value !== 'apply')) return prompts.select(prompt)
    return Promise.reject(new CancelledError())
  }
  // Not spread: `unused` looks at what is left when it is asked.
  return Object.create(prompts, { select: { value: select } })
}
