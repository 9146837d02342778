// In: the ports. Out: Machine, what was found before anything is asked. Reads only; nothing that is missing is an error.
import type { Files } from '../ports/files.ts'
import type { Processes } from '../ports/processes.ts'
import type { Machine } from './machine.ts'
import { askPythons } from './machine/ask-python.ts'
import { findProgram, findUv, searchPath } from './machine/find-program.ts'
import { judgePythons } from './machine/judge-python.ts'
import { inspectMachineSize, readRelease, type SizePorts } from './machine/machine-size.ts'
import { findFreePort, inspectSystemd } from './machine/probes.ts'
import { findPythonCandidates } from './machine/python-candidates.ts'
import { chooseSystemPackages, parseOsRelease } from './machine/system-packages.ts'

export interface MachinePorts extends SizePorts {
  readonly files: Pick<Files, 'readText' | 'stat' | 'list' | 'realPath'>
  readonly processes: Pick<Processes, 'canListen'>
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

async function inspectSystemPackages(ports: MachinePorts): Promise<Machine['systemPackages']> {
  const has = async (name: string) => (await findProgram(ports.files, searchPath(ports.env), name)) !== undefined
  const [text, dnf, brew] = await Promise.all([readRelease(ports), has('dnf'), has('brew')])
  return chooseSystemPackages(parseOsRelease(text ?? ''), { dnf, brew })
}
