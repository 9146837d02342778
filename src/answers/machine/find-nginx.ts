// In: the ports. Out: the nginx of this machine, if it can carry a stack.
import { dirname } from 'node:path'
import { OLDEST_NGINX, parseNginxVersion } from '../../formats/nginx.ts'
import { isAtLeast } from '../../formats/version.ts'
import type { Commands } from '../../ports/commands.ts'
import type { Files } from '../../ports/files.ts'
import type { Processes } from '../../ports/processes.ts'
import type { FoundNginx } from '../machine.ts'
import { findProgram, searchPath } from './find-program.ts'

export interface NginxFinderPorts {
  readonly files: Pick<Files, 'stat'>
  readonly commands: Pick<Commands, 'run'>
  readonly processes: Pick<Processes, 'listener'>
  readonly env: Readonly<Record<string, string>>
}

const TIME_LIMIT_MS = 2000

/** Where it is when an ordinary user's PATH does not name the place. */
const USUAL = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/usr/local/bin', '/usr/local/nginx/sbin']
const MODULES = ['http_ssl', 'http_v2', 'http_auth_request', 'http_sub', 'http_realip']
/** Where distributions look for sites, beside nginx.conf. */
const SITE_FOLDERS = ['sites-available', 'conf.d', 'http.d', 'servers']

/** Undefined where there is none, or one that is too old or lacks a module. */
export async function findNginx(ports: NginxFinderPorts, signal: AbortSignal): Promise<FoundNginx | undefined> {
  const { files, env } = ports
  const program = await findProgram(files, [...new Set([...searchPath(env), ...USUAL])], 'nginx')
  if (program === undefined) return undefined
  const said = await ports.commands.run(
    { file: program, args: ['-V'], env: { PATH: env['PATH'] ?? '' } },
    { timeoutMs: TIME_LIMIT_MS, signal },
  )
  const text = said.stderr + said.stdout
  const version = parseNginxVersion(text)
  const complete = MODULES.every((name) => text.includes(`--with-${name}_module`))
  if (version === undefined || !complete || !isAtLeast(version, OLDEST_NGINX)) return undefined
  const [siteFolder, systemRuns] = await Promise.all([findSiteFolder(text, files), runsOnUsualPorts(ports)])
  return { program, version, siteFolder, systemRuns }
}

async function findSiteFolder(text: string, files: Pick<Files, 'stat'>): Promise<string | undefined> {
  const config = /--conf-path=(\S+)/u.exec(text)?.[1]
  if (config === undefined || (await files.stat(config)) === undefined) return undefined
  for (const name of SITE_FOLDERS) {
    const folder = `${dirname(config)}/${name}`
    if ((await files.stat(folder))?.kind === 'directory') return folder
  }
  return undefined
}

/** An nginx on port 80 or 443 that is not seen to be another program. */
async function runsOnUsualPorts({ processes }: NginxFinderPorts): Promise<boolean> {
  const listeners = await Promise.all([80, 443].map((port) => processes.listener(port)))
  return listeners.some((listener) => listener?.process?.name === 'nginx')
}
