// In: the ports. Out: Machine, what was found before anything is asked. Reads only; nothing that is missing is an error.
import type { Files } from '../ports/files.ts'
import type { Processes } from '../ports/processes.ts'
import type { Machine } from './machine.ts'
import { askPythons } from './machine/ask-python.ts'
import { findClosedFolder } from './machine/find-closed-folder.ts'
import { findEngine } from './machine/find-engine.ts'
import { findNginx } from './machine/find-nginx.ts'
import { findPostgres } from './machine/find-postgres.ts'
import { findProgram, findUv, searchPath } from './machine/find-program.ts'
import { judgePythons } from './machine/judge-python.ts'
import { inspectMachineSize, readRelease, type SizePorts } from './machine/machine-size.ts'
import { findFreeHttpsPort, findFreePorts, inspectSystemd } from './machine/probes.ts'
import { findPythonCandidates } from './machine/python-candidates.ts'
import { chooseSystemPackages, parseOsRelease } from './machine/system-packages.ts'

export interface MachinePorts extends SizePorts {
  readonly files: Pick<Files, 'readText' | 'stat' | 'list' | 'realPath' | 'freeBytes'>
  readonly processes: Pick<Processes, 'canListen' | 'takesConnections' | 'listener'>
}

/**
 * Looks at everything side by side, usually in less than 300 ms: the Pythons and Docker are most of it. Each program that is asked has a
 * time limit of its own. Throws the signal's reason when aborted, and nothing else.
 */
export async function inspectMachine(ports: MachinePorts, signal: AbortSignal): Promise<Machine> {
  const [uv, pythons, size, systemd, systemPackages, postgres, nginx, engine, freePorts, freeHttpsPort] =
    await Promise.all([
      findUv(ports.files, ports.env),
      inspectPythons(ports, signal),
      inspectMachineSize(ports, signal),
      inspectSystemd(ports, signal),
      inspectSystemPackages(ports),
      findPostgres(ports, signal),
      findNginx(ports, signal),
      findEngine(ports, signal),
      findFreePorts(ports.processes),
      findFreeHttpsPort(ports.processes, ports.host.uid === 0),
    ])
  const judged = judgePythons(pythons, uv !== undefined)
  const shared = await Promise.all(judged.pythons.map(({ path }) => isShared(path, ports)))
  return {
    root: ports.host.uid === 0,
    ...size,
    pythons: judged.pythons.map((python, at) => ({ ...python, shared: shared[at] === true })),
    rejectedPythons: judged.rejected,
    uv,
    systemd: systemd.system,
    systemdUser: systemd.user,
    systemPackages,
    postgres,
    nginx,
    engine,
    freePorts,
    freeHttpsPort,
    networkName: networkNameOf(ports.host.network()),
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

async function isShared(path: string, { files }: MachinePorts): Promise<boolean> {
  return (await findClosedFolder(path, files)) === undefined
}

async function inspectSystemPackages(ports: MachinePorts): Promise<Machine['systemPackages']> {
  const has = async (name: string) => (await findProgram(ports.files, searchPath(ports.env), name)) !== undefined
  const [text, dnf, brew] = await Promise.all([readRelease(ports), has('dnf'), has('brew')])
  return chooseSystemPackages(parseOsRelease(text ?? ''), { dnf, brew })
}

/** A name that a network knows has a dot in it and is not one that machines give themselves; an address always leads here. */
function networkNameOf({ hostname, addresses }: ReturnType<MachinePorts['host']['network']>): string | undefined {
  const known = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(hostname) && !/\.(local|localdomain|internal|lan)$/i.test(hostname)
  return known ? hostname.toLowerCase() : addresses[0]
}
