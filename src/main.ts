// In: the arguments of this program. Out: its exit code. What is ready is printed at once, all else is loaded for it.
import { readyText } from './commands/ready-text.ts'
import { openTerminal } from './open-terminal.ts'

/** Runs the program in this process. */
export async function run(args: readonly string[]): Promise<number> {
  const terminal = openTerminal()
  const text = readyText(args, terminal.columns)
  if (text === undefined) return (await import('./command-line.ts')).runCommandLine(args, terminal)
  terminal.out(text)
  return 0
}
