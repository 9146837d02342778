// In: the ports. Out: what short looks tell: systemd, the system's name, free ports.
import type { Commands } from '../../ports/commands.ts'
import type { Files } from '../../ports/files.ts'
import type { Processes } from '../../ports/processes.ts'
import { pythonEnv } from './ask-python.ts'

type Env = Readonly<Record<string, string>>
type Ports = { readonly commands: Pick<Commands, 'run'>; readonly env: Env }

/** Enough for a busy machine; what hangs longer counts as not there. */
const TIME_LIMIT_MS = 2000

/** MLflow's own default, and the ones after it. */
const FIRST_PORT = 5000
const LAST_PORT = 5099
const WANTED_PORTS = 3
/** Where a user's own https mostly is. */
const FIRST_HTTPS_PORT = 8443

/** What systemd says while it can start services; `offline` and `unknown` mean that it does not run. */
const SYSTEMD_ANSWERS = ['initializing', 'starting', 'running', 'degraded', 'maintenance']

/** The program's first line of output, or undefined when there is none or it did not answer in time. */
async function firstLine(
  ports: Ports,
  file: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const result = await ports.commands.run(
    { file, args, env: pythonEnv(ports.env) },
    { timeoutMs: TIME_LIMIT_MS, signal },
  )
  const line = result.stdout.split('\n')[0]?.trim()
  return result.timedOut || line === '' ? undefined : line
}

/** Whether systemd runs this machine, and whether the user's own systemd answers. */
export async function inspectSystemd(
  ports: Ports & { readonly files: Pick<Files, 'stat'> },
  signal: AbortSignal,
): Promise<{ readonly system: boolean; readonly user: boolean }> {
  // sd_booted(3): this directory is how programs are told to find out.
  if ((await ports.files.stat('/run/systemd/system').catch(() => undefined)) === undefined)
    return { system: false, user: false }
  const [system, user] = await Promise.all([
    firstLine(ports, 'systemctl', ['is-system-running'], signal),
    firstLine(ports, 'systemctl', ['--user', 'is-system-running'], signal),
  ])
  return { system: SYSTEMD_ANSWERS.includes(system ?? ''), user: SYSTEMD_ANSWERS.includes(user ?? '') }
}

/** `macOS 15.1` */
export async function inspectMacSystem(ports: Ports, signal: AbortSignal): Promise<string> {
  const version = await firstLine(ports, 'sw_vers', ['-productVersion'], signal)
  return version === undefined ? 'macOS' : `macOS ${version}`
}

/** The first ports from 5000 on where a server could listen on 127.0.0.1: for a proxy, a server and one for files. */
export async function findFreePorts(processes: Pick<Processes, 'canListen'>): Promise<readonly number[]> {
  const found: number[] = []
  for (let port = FIRST_PORT; port <= LAST_PORT && found.length < WANTED_PORTS; port++) {
    if (await processes.canListen('127.0.0.1', port)) found.push(port)
  }
  return found.length > 0 ? found : [FIRST_PORT]
}

/**
 * Where this user's nginx could answer https on all addresses: 443 for root, else the first free one from 8443 on. With 443
 * goes 80, from where it leads on: that must be free too, or the system's own nginx be there, which takes a site.
 */
export async function findFreeHttpsPort(
  processes: Pick<Processes, 'canListen' | 'listener'>,
  root: boolean,
): Promise<number> {
  const isFree = (port: number) => processes.canListen('0.0.0.0', port)
  const isNginx = async (port: number) => (await processes.listener(port))?.process?.name === 'nginx'
  if (root && (await isFree(443)) && ((await isFree(80)) || (await isNginx(80)))) return 443
  for (let port = FIRST_HTTPS_PORT; port < FIRST_HTTPS_PORT + 20; port++) if (await isFree(port)) return port
  return FIRST_HTTPS_PORT
}
