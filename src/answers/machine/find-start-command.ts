// In: the address of an engine that does not run. Out: the command that starts it.
import { join } from 'node:path'
import type { Files } from '../../ports/files.ts'
import type { StartCommand } from '../machine.ts'
import { isProgram } from './find-program.ts'

interface Ports {
  readonly files: Pick<Files, 'stat'>
  readonly env: Readonly<Record<string, string>>
}

const SYSTEM_SOCKETS = ['unix:///var/run/docker.sock', 'unix:///run/docker.sock']
const SYSTEM_UNITS = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system']
/** Of Docker Desktop, and of an engine without root. */
const USER_SOCKETS = [
  ['/.docker/desktop/', 'docker-desktop'],
  ['/run/user/', 'docker'],
] as const
const USER_UNITS = ['.config/systemd/user', '.local/share/systemd/user']

/** Undefined where nothing is known to start it: a socket of somebody's own, a virtual machine. */
export async function findStartCommand(
  address: string,
  program: string,
  { files, env }: Ports,
): Promise<StartCommand | undefined> {
  const hasUnit = async (folders: readonly string[], name: string) => {
    const found = await Promise.all(folders.map((folder) => files.stat(join(folder, name)).catch(() => undefined)))
    // A unit that is masked is a link to /dev/null, which is no file.
    return found.some((unit) => unit?.kind === 'file')
  }
  if (SYSTEM_SOCKETS.includes(address)) {
    if (program.startsWith('/snap/')) return { words: ['snap', 'start', 'docker'], root: true }
    const systemd = (await files.stat('/run/systemd/system').catch(() => undefined)) !== undefined
    if (systemd && (await hasUnit(SYSTEM_UNITS, 'docker.service')))
      return { words: ['systemctl', 'start', 'docker'], root: true }
    // OpenRC, and System V's way where there is no systemd.
    return !systemd && (await isProgram(files, '/etc/init.d/docker'))
      ? { words: ['service', 'docker', 'start'], root: true }
      : undefined
  }
  const unit = USER_SOCKETS.find(([part]) => address.includes(part))?.[1]
  if (unit === undefined) return undefined
  const folders = [...USER_UNITS.map((folder) => join(env['HOME'] ?? '/', folder)), '/usr/lib/systemd/user']
  return (await hasUnit(folders, `${unit}.service`))
    ? { words: ['systemctl', '--user', 'start', unit], root: false }
    : undefined
}
