// In: mounts. Out: a view of this machine with them, which only the programs see that are run in it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface PrivateMounts {
  /** The command that runs another one in this view; for `under` of the sandbox. */
  readonly under: readonly string[]
  /** Where the test itself finds a path of the view. */
  path(inside: string): string
  /** The mounts are gone when the last program in the view has ended. */
  close(): Promise<void>
}

/** Hides every Python that comes with the system: a device is in its place. */
export const HIDE_PYTHON = `
for program in /usr/bin/python* /usr/local/bin/python*; do
  if [ -f "$program" ] && [ ! -L "$program" ]; then mount --bind /dev/null "$program"; fi
done`

/**
 * `script` is for `sh` and mounts what is wanted; programs in the view begin in `folder`. Needs root or user namespaces:
 * undefined where neither is to be had.
 */
export async function makePrivateMounts(folder: string, script: string): Promise<PrivateMounts | undefined> {
  const root = process.getuid?.() === 0
  const words = ['--mount', '--propagation', 'private', ...(root ? [] : ['--map-root-user'])]
  const holder = spawn('unshare', [...words, 'sh', '-ec', `${script}\necho ready\nexec cat`], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const gone = Promise.race([once(holder, 'exit'), once(holder, 'error')]).then(() => false)
  const ready = await Promise.race([once(holder.stdout, 'data').then(() => true), gone])
  if (!ready || holder.pid === undefined) return undefined
  const target = String(holder.pid)
  const user = root ? [] : ['--user', '--preserve-credentials']
  return {
    under: ['nsenter', '--target', target, '--mount', '--wd', ...user, '--'],
    path: (inside) => `/proc/${target}/root${inside}`,
    close: async () => {
      holder.stdin.end()
      await gone
    },
  }
}

/** A command that runs another one as a user who owns nothing, `nobody` by default; empty where the test itself is no root. */
export function withoutRoot(uid = 65_534): readonly string[] {
  const id = String(uid)
  return process.getuid?.() === 0 ? ['setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--'] : []
}
