// In: programs that were just installed. Out: the services that came with them, switched off: the stack runs its own.
import type { Program } from '../answers/answers.ts'
import type { Machine } from '../answers/machine.ts'
import type { CommandContext } from './command-context.ts'

/** What Debian's packages start by themselves: a cluster on port 5432, and a page on port 80. */
const UNITS: Readonly<Partial<Record<Program, string>>> = { postgresql: 'postgresql', nginx: 'nginx' }

const TIME_LIMIT_MS = 60_000

/** Only where systemd keeps them; elsewhere nothing started them. Their configuration and data stay. */
export async function stopDefaultServices(
  context: CommandContext,
  machine: Machine,
  programs: readonly Program[],
): Promise<readonly string[]> {
  if (machine.systemPackages?.manager !== 'apt-get' || !machine.systemd) return []
  const units = programs.flatMap((program) => UNITS[program] ?? [])
  const stopped: string[] = []
  for (const unit of units) {
    const words = [...(machine.root ? [] : ['sudo', '-n']), 'systemctl', 'disable', '--now', unit]
    const [file = '', ...args] = words
    const command = { file, args, env: { ...context.env } }
    const { exitCode } = await context.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal: context.signal })
    if (exitCode === 0) stopped.push(unit)
  }
  return stopped
}
