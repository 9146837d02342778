// In: nginx's cache of checked logins. Out: an empty one: everybody is checked anew, at once.
import { ExternalError } from '../../errors.ts'
import type { Command } from '../../ports/commands.ts'
import type { StackPlace } from '../../targets/proxy-actions.ts'
import { requireAccount } from '../accounts.ts'
import type { ActionPorts } from '../action-kind.ts'
import { composeCommand } from '../compose/engine-commands.ts'

const TIME_LIMIT_MS = 30_000

export interface LoginCache {
  /** The folder of the cache; in a container as it is seen in there. */
  readonly logins: string
  /** The stack whose container it is in; absent: it is on this machine. */
  readonly container?: StackPlace
  /** The system user that it belongs to; absent: whoever runs this program, or root's system nginx. */
  readonly owner?: string
}

/**
 * To be called when a password or a user has gone: nginx takes a login for a minute after it was checked. The folder
 * belongs to the services' user, who could put links in our way: it is emptied as that user, and by `find`, which follows
 * none. Throws ExternalError `user.known` where that fails.
 */
export async function forgetLogins(
  cache: LoginCache,
  ports: Pick<ActionPorts, 'files' | 'commands' | 'env'>,
  signal: AbortSignal,
): Promise<void> {
  const command = await (cache.container === undefined
    ? findHere(cache, ports, signal)
    : findInContainer(cache.logins, cache.container, ports, signal))
  if (command === undefined) return
  const empty = () => ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  const first = await empty()
  // The first time nginx may have removed one of them itself.
  const { exitCode, stderr } = first.exitCode === 0 ? first : await empty()
  if (exitCode === 0) return
  throw new ExternalError('user.known', 'The change is made, but nginx knows the former password for another minute.', {
    because: stderr.trim().split('\n').at(-1) ?? 'Its cache of checked logins could not be emptied.',
    exitCode,
  })
}

const EMPTY = (folder: string) => [folder, '-maxdepth', '1', '-type', 'f', '-delete']

/** Undefined where there is no cache yet. */
async function findHere(
  { logins, owner }: LoginCache,
  { files, commands, env }: Pick<ActionPorts, 'files' | 'commands' | 'env'>,
  signal: AbortSignal,
): Promise<Command | undefined> {
  if ((await files.stat(logins)) === undefined) return undefined
  const account = await requireAccount(owner, { files, commands, env }, signal)
  const as = account === undefined ? {} : { as: account }
  return { file: 'find', args: EMPTY(logins), cwd: '/', env: { PATH: env['PATH'] ?? '' }, ...as }
}

/** Undefined where nginx does not run: its cache is in memory. */
async function findInContainer(
  logins: string,
  { stackDirectory }: StackPlace,
  ports: Pick<ActionPorts, 'commands' | 'env'>,
  signal: AbortSignal,
): Promise<Command | undefined> {
  const compose = (args: readonly string[]) => composeCommand(stackDirectory, args, ports.env)
  const running = await ports.commands.run(compose(['ps', '--quiet', '--status', 'running', 'nginx']), {
    timeoutMs: TIME_LIMIT_MS,
    signal,
  })
  if (running.stdout.trim() === '') return undefined
  return compose(['exec', '-T', 'nginx', 'find', ...EMPTY(logins)])
}
