// In: a path as people type it. Out: the same with `~` written out.
import { join } from 'node:path'

/** `~` and `~/x` begin at `home`; any other path, and every path where there is no home, stays as it is. */
export function expandHome(path: string, home: string | undefined): string {
  return home !== undefined && (path === '~' || path.startsWith('~/')) ? join(home, path.slice(1)) : path
}
