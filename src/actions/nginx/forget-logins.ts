// In: nginx's cache of checked logins. Out: an empty one: everybody is checked anew, at once.
import { ExternalError } from '../../errors.ts'
import { requireAccount } from '../accounts.ts'
import type { ActionPorts } from '../action-kind.ts'

const TIME_LIMIT_MS = 30_000

export interface LoginCache {
  /** The folder of the cache. */
  readonly logins: string
  /** The system user that it belongs to; absent: whoever runs this program, or root's system nginx. */
  readonly owner?: string
}

/**
 * To be called when a password or a user has gone: nginx takes a login for a minute after it was checked. The folder
 * belongs to the services' user, who could put links in our way: it is emptied as that user, and by `find`, which follows
 * none. Throws ExternalError `user.known` where that fails.
 */
export async function forgetLogins(
  { logins, owner }: LoginCache,
  { files, commands, env }: Pick<ActionPorts, 'files' | 'commands' | 'env'>,
  signal: AbortSignal,
): Promise<void> {
  if ((await files.stat(logins)) === undefined) return
  const account = await requireAccount(owner, { files, commands, env }, signal)
  const command = {
    file: 'find',
    args: [logins, '-maxdepth', '1', '-type', 'f', '-delete'],
    cwd: '/',
    env: { PATH: env['PATH'] ?? '' },
    ...(account === undefined ? {} : { as: account }),
  }
  const empty = () => commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  const first = await empty()
  // The first time nginx may have removed one of them itself.
  const { exitCode, stderr } = first.exitCode === 0 ? first : await empty()
  if (exitCode === 0) return
  throw new ExternalError('user.known', 'The change is made, but nginx knows the former password for another minute.', {
    because: stderr.trim().split('\n').at(-1) ?? 'Its cache of checked logins could not be emptied.',
    exitCode,
  })
}
