// In: a Stack behind nginx. Out: where everything of nginx is.
import { createHash } from 'node:crypto'
import { isAbsolute, join } from 'node:path'
import { portOf } from '../../answers/public-address.ts'
import { renderNginxName } from '../../formats/nginx.ts'
import type { Stack, StackSpec } from '../../stack/spec.ts'
import { buildLayout } from './layout.ts'

export interface ProxyLayout {
  /** Where a managed nginx runs; its configuration has only paths from here. */
  readonly folder: string
  readonly config: string
  readonly start: string
  /** The htpasswd file. */
  readonly passwords: string
  /** A file a day, where no journal keeps them. */
  readonly accessLogs: string
  /** Holds the folders of what does not fit into memory. */
  readonly temporary: string
  readonly temporaryFolders: readonly string[]
  readonly log: string
  /** Socket, pid and login cache of a managed nginx, as its configuration writes it. */
  readonly run: string
  /** The same folder where it is the stack's own and not in memory. */
  readonly ownRun: readonly string[]
  /** The cache of checked logins: emptying it makes nginx check everybody anew, at once. */
  readonly logins: string
}

export function proxyLayout(stack: Stack): ProxyLayout {
  const folder = join(stack.directory, 'nginx')
  const run = runFolder(stack)
  const inFolder = isAbsolute(run) ? run : join(folder, run)
  const { proxy, name } = stack.spec
  return {
    folder,
    config: join(folder, 'nginx.conf'),
    start: join(folder, 'start.sh'),
    passwords: join(folder, 'htpasswd'),
    accessLogs: join(folder, 'logs'),
    temporary: join(folder, 'temp'),
    temporaryFolders: ['bodies', 'answers', 'unused'].map((name) => join(folder, 'temp', name)),
    log: join(buildLayout(stack.directory).logs, 'nginx.log'),
    run,
    ownRun: isAbsolute(run) ? [] : [inFolder],
    // The system's nginx makes it at its start, also after a reboot, for its workers alone.
    logins:
      proxy.kind === 'container'
        ? '/tmp/logins'
        : proxy.kind === 'system'
          ? `/run/${renderNginxName(name)}_logins`
          : join(inFolder, 'logins'),
  }
}

/** Without systemd, which gives the right to a port below 1024 to a user, nginx gets such a port by starting as root. */
function startsAsRoot({ service, publicUrl = '' }: StackSpec): boolean {
  return service === 'background' && URL.canParse(publicUrl) && portOf(new URL(publicUrl)) < 1024
}

/**
 * In memory, because the cache of logins has passwords in it. systemd removes what a person has in /dev/shm when they
 * log out (RemoveIPC=), but not what a system user has: a stack of a person keeps it in its own folder, 0700, beside
 * `.env`, and start.sh empties it.
 */
function runFolder({ directory, spec }: Stack): string {
  if (spec.runAs === undefined) return 'run'
  // A folder of root's is no use to the user, nor the other way round: whoever starts nginx is in the name.
  const startedBy = startsAsRoot(spec) ? 'root' : spec.runAs
  return `/dev/shm/mlflow-setup-${createHash('sha256').update(`${startedBy} ${directory}`).digest('hex').slice(0, 12)}`
}
