// In: the arguments of the command line. Out: the exit code.
import { version } from './version.ts'

/** Runs one command; resolves to its exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const { makeTerminal } = await import('./ports/terminal.ts')
  const terminal = makeTerminal()
  terminal.out(argv[0] === '--version' ? `${version}\n` : 'Usage: mlflow-setup [command] [options]\n')
  return 0
}
