// In: the system's nginx. Out: what it is set up with, and where one more site goes.
import { dirname, join } from 'node:path'
import { parseNginxDump } from '../../formats/nginx-dump.ts'
import type { NginxDump } from '../../formats/nginx-dump.ts'
import { ExternalError, UserError } from '../../errors.ts'
import { findAccount } from '../accounts.ts'
import type { Owner } from '../../ports/files.ts'
import { runNginx } from './nginx-facts.ts'
import type { NginxPorts } from './nginx-facts.ts'

export interface SystemNginx extends NginxDump {
  /** Whose numbers its workers have; undefined when there is no such user. */
  readonly worker: Owner | undefined
}

/** Throws ExternalError `nginx.broken` where its configuration was refused before we touched it. */
export async function readSystemNginx(program: string, ports: NginxPorts, signal: AbortSignal): Promise<SystemNginx> {
  const result = await runNginx(program, ['-T', '-q'], ports, signal)
  if (result.exitCode !== 0) {
    throw new ExternalError('nginx.broken', "The system's nginx does not take its own configuration.", {
      because: 'It is so without a change by mlflow-setup.',
      command: `${program} -t`,
      exitCode: result.exitCode,
      lastLines: result.stderr.trim().split('\n').slice(-5),
      hint: { text: 'Correct what it names, or let the stack have an nginx of its own: --proxy managed.' },
    })
  }
  const dump = parseNginxDump(result.stdout)
  const builtWith = /--user=(\S+)/u.exec((await runNginx(program, ['-V'], ports, signal)).stderr)?.[1]
  return { ...dump, worker: await findAccount(dump.user ?? builtWith ?? 'nobody', ports, signal) }
}

export interface SitePlace {
  readonly path: string
  /** Switches the site on, where sites are kept apart from those that count, as Debian does it. */
  readonly link: string | undefined
}

/** Where nginx.conf looks for sites. Throws UserError `nginx.no-site-folder`. */
export async function findSitePlace(
  { files: [main = '/etc/nginx/nginx.conf'], includes }: NginxDump,
  name: string,
  { files }: Pick<NginxPorts, 'files'>,
): Promise<SitePlace> {
  const folder = dirname(main)
  const at = (...parts: string[]) => join(folder, ...parts)
  const includesFrom = (wanted: string, pattern: RegExp) =>
    includes.some(
      (one) =>
        dirname(join(folder, one.startsWith(folder) ? one.slice(folder.length) : one)) === at(wanted) &&
        pattern.test(one),
    )
  const available = (await files.stat(at('sites-available')))?.kind === 'directory'
  if (available && includesFrom('sites-enabled', /\*(\.conf)?$/u))
    return { path: at('sites-available', name), link: at('sites-enabled', name) }
  for (const wanted of ['conf.d', 'http.d', 'servers'])
    if (includesFrom(wanted, /\*(\.conf)?$/u)) return { path: at(wanted, name), link: undefined }
  throw new UserError('nginx.no-site-folder', `${main} includes no folder with sites.`, {
    because: 'A site file would have no effect anywhere.',
    hint: { text: `Add "include ${at('conf.d')}/*.conf;" to its http block, or take --proxy managed.` },
  })
}
