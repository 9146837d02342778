// In: the ports. Out: MachineSize, what is known of a machine at once.
import type { Commands } from '../../ports/commands.ts'
import type { Files } from '../../ports/files.ts'
import type { Host } from '../../ports/host.ts'
import type { MachineSize } from '../machine.ts'
import { inspectLimits } from './limits.ts'
import { formatSystem, parseOsRelease } from './system-packages.ts'

export interface SizePorts {
  readonly files: Pick<Files, 'readText'>
  readonly commands: Pick<Commands, 'run'>
  readonly env: Readonly<Record<string, string>>
  readonly host: Host
}

/** System, cores and memory: read from a few files, in milliseconds (on a Mac, one program is asked). */
export async function inspectMachineSize(ports: SizePorts, signal: AbortSignal): Promise<MachineSize> {
  const [limits, system] = await Promise.all([inspectLimits(ports), inspectSystemName(ports, signal)])
  return { system, ...limits }
}

async function inspectSystemName(ports: SizePorts, signal: AbortSignal): Promise<string> {
  // What asks programs is not loaded where the first question needs none.
  if (ports.host.platform === 'darwin') return (await import('./probes.ts')).inspectMacSystem(ports, signal)
  const text = await readRelease(ports)
  return text === undefined ? ports.host.platform : formatSystem(parseOsRelease(text))
}

/** Undefined where the system does not say what it is. */
export function readRelease({ files }: Pick<SizePorts, 'files'>): Promise<string | undefined> {
  return files.readText('/etc/os-release').catch(() => undefined)
}
