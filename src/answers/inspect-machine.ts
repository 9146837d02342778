// In: the ports. Out: Machine, what was found before anything is asked. Reads only; nothing that is missing is an error.
import type { Commands } from '../ports/commands.ts'
import type { Files } from '../ports/files.ts'
import type { Host } from '../ports/host.ts'
import type { Processes } from '../ports/processes.ts'
import type { Machine, MachineSize } from './machine.ts'
import { askPythons } from './machine/ask-python.ts'
import { findProgram, findUv, searchPath } from './machine/find-program.ts'
import { judgePythons } from './machine/judge-python.ts'
import { inspectLimits } from './machine/limits.ts'
import { findFreePort, inspectMacSystem, inspectSystemd } from './machine/probes.ts'
import { findPythonCandidates } from './machine/python-candidates.ts'
import { chooseSystemPackages, formatSystem, parseOsRelease } from './machine/system-packages.ts'

export interface MachinePorts {
  readonly files: Pick<Files, 'readText' | 'stat' | 'list' | 'realPath'>
  readonly commands: Pick<Commands, 'run'>
  readonly processes: Pick<Processes, 'canListen'>
  readonly env: Readonly<Record<string, string>>
  readonly host: Host
}

/**
 * Looks at everything side by side, usually in less than 300 ms: the Pythons are most of it. Each program that is asked has a
 * time limit of its own. Throws the signal's reason when aborted, and nothing else.
 */
export async function inspectMachine(ports: MachinePorts, signal: AbortSignal): Promise<Machine> {
  const [uv, pythons, size, systemd, systemPackages, freePort] = await Promise.all([
    findUv(ports.files, ports.env),
    inspectPythons(ports, signal),
    inspectMachineSize(ports, signal),
    inspectSystemd(ports, signal),
    inspectSystemPackages(ports),
    findFreePort(ports.processes),
  ])
  const judged = judgePythons(pythons, uv !== undefined)
  return {
    root: ports.host.uid === 0,
    ...size,
    pythons: judged.pythons,
    rejectedPythons: judged.rejected,
    uv,
    systemd: systemd.system,
    systemdUser: systemd.user,
    systemPackages,
    freePort,
  }
}

async function inspectPythons(
  ports: MachinePorts,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<typeof askPythons>>> {
  const { files, env, host } = ports
  const candidates = await findPythonCandidates({ files, env, platform: host.platform })
  return askPythons(ports.commands, candidates, env, signal)
}

/** System, cores and memory: read from a few files, in milliseconds (on a Mac, one program is asked). */
export async function inspectMachineSize(ports: MachinePorts, signal: AbortSignal): Promise<MachineSize> {
  const [limits, system] = await Promise.all([inspectLimits(ports), inspectSystemName(ports, signal)])
  return { system, ...limits }
}

async function inspectSystemName(ports: MachinePorts, signal: AbortSignal): Promise<string> {
  if (ports.host.platform === 'darwin') return inspectMacSystem(ports, signal)
  const text = await readRelease(ports)
  return text === undefined ? ports.host.platform : formatSystem(parseOsRelease(text))
}

async function inspectSystemPackages(ports: MachinePorts): Promise<Machine['systemPackages']> {
  const has = async (name: string) => (await findProgram(ports.files, searchPath(ports.env), name)) !== undefined
  const [text, dnf, brew] = await Promise.all([readRelease(ports), has('dnf'), has('brew')])
  return chooseSystemPackages(parseOsRelease(text ?? ''), { dnf, brew })
}

function readRelease({ files }: MachinePorts): Promise<string | undefined> {
  return files.readText('/etc/os-release').catch(() => undefined)
}
