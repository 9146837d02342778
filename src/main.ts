// In: the arguments of the command line. Out: the exit code.
import { version } from './version.ts'

/** Runs one command; resolves to its exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  process.stdout.write(argv[0] === '--version' ? `${version}\n` : 'Usage: mlflow-setup [command] [options]\n')
  return 0
}
