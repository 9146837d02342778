// In: the path of a file. Out: what its next text is called until it is whole, and the end of what killed runs left.
import { promises as fs } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { systemCode } from './file-errors.ts'

/** The number only keeps two runs apart: a draft that is there already is refused. Random bytes would cost each start the load of `node:crypto`. */
export function draftOf(path: string): string {
  return `${path}.${process.pid}.${Math.random().toString(36).slice(2, 10)}.draft`
}

/** There may be secrets in them. Drafts of runs that live are left alone; what cannot be removed does no harm. */
export async function removeStaleDrafts(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)]
  const names = await fs.readdir(folder).catch(() => [])
  const stale = names.filter((entry) => {
    const [, pid] = /^\.(\d+)\.[a-z0-9]+\.draft$/u.exec(entry.slice(name.length)) ?? []
    return entry.startsWith(name) && pid !== undefined && !isAlive(Number(pid))
  })
  await Promise.all(stale.map((entry) => fs.rm(join(folder, entry), { force: true }).catch(() => undefined)))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}
