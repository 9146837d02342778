// In: the ports. Out: Machine, what was found before anything is asked. Reads only; nothing that is missing is an error.
import type { Commands } from '../ports/commands.ts'
import type { Files } from '../ports/files.ts'
import type { Host } from '../ports/host.ts'
import type { Processes } from '../ports/processes.ts'
import type { Machine } from './machine.ts'
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
  const [uv, pythons, limits, systemd, system, freePort] = await Promise.all([
    findUv(ports.files, ports.env),
    inspectPythons(ports, signal),
    inspectLimits(ports),
    inspectSystemd(ports, signal),
    inspectSystem(ports, signal),
    findFreePort(ports.processes),
  ])
  const judged = judgePythons(pythons, uv !== undefined)
  return {
    system: system.name,
    root: ports.host.uid === 0,
    ...limits,
    pythons: judged.pythons,
    rejectedPythons: judged.rejected,
    uv,
    systemd: systemd.system,
    systemdUser: systemd.user,
    systemPackages: system.packages,
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

async function inspectSystem(
  ports: MachinePorts,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly packages: Machine['systemPackages'] }> {
  const has = async (name: string) => (await findProgram(ports.files, searchPath(ports.env), name)) !== undefined
  const [text, dnf, brew] = await Promise.all([
    ports.files.readText('/etc/os-release').catch(() => undefined),
    has('dnf'),
    has('brew'),
  ])
  const release = parseOsRelease(text ?? '')
  const packages = chooseSystemPackages(release, { dnf, brew })
  if (ports.host.platform === 'darwin') return { name: await inspectMacSystem(ports, signal), packages }
  return { name: text === undefined ? ports.host.platform : formatSystem(release), packages }
}
