// In: programs that were just installed. Out: Docker's engine, running now and at every boot.
import type { Program } from '../answers/answers.ts'
import type { Machine } from '../answers/machine.ts'
import type { Commands } from '../ports/commands.ts'

interface Ports {
  readonly commands: Pick<Commands, 'run'>
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

const TIME_LIMIT_MS = 60_000

/**
 * Debian's packages start it themselves, those of Fedora and Arch do not; where it runs, nothing happens. An engine that does
 * not start is told by whoever looks for it next.
 */
export async function startEngine(
  { commands, env, signal }: Ports,
  machine: Machine,
  programs: readonly Program[],
): Promise<void> {
  if (!programs.includes('docker') || !machine.systemd) return
  const [file, ...args] = [...(machine.root ? [] : ['sudo', '-n']), 'systemctl', 'enable', '--now', 'docker']
  await commands.run({ file, args, env: { ...env } }, { timeoutMs: TIME_LIMIT_MS, signal })
}
