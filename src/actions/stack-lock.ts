// In: a stack directory. Out: the right to change it, for one run at a time.
import { join } from 'node:path'
import { UserError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import type { Processes } from '../ports/processes.ts'

const LOCK_FILE = '.mlflow-setup/lock'

interface Holder {
  readonly pid: number
  /** Tells the holder from a later process with the same number. */
  readonly startedAt: string
  readonly since: string
}

/**
 * Runs `work` while nobody else changes the stack. A lock whose holder is gone (`kill -9`, power) is taken over.
 * Throws UserError `stack.locked` that names the holder.
 */
export async function withStackLock<T>(
  stackDirectory: string,
  ports: { readonly files: Files; readonly processes: Processes; readonly clock: Clock },
  work: () => Promise<T>,
): Promise<T> {
  const path = join(stackDirectory, LOCK_FILE)
  await ports.files.makeDirectory(join(stackDirectory, '.mlflow-setup'), { mode: 0o700 })
  await takeLock(path, stackDirectory, ports)
  try {
    return await work()
  } finally {
    await ports.files.remove(path)
  }
}

async function takeLock(
  path: string,
  stackDirectory: string,
  ports: Parameters<typeof withStackLock>[1],
): Promise<void> {
  const { files, processes, clock } = ports
  const own = await processes.look(processes.ownPid)
  const mine: Holder = { pid: processes.ownPid, startedAt: own?.startedAt ?? '', since: clock.now().toISOString() }
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await files.createExclusively(path, JSON.stringify(mine), { mode: 0o600 })) return
    const holder = parseHolder(await files.readText(path))
    const alive = holder === undefined ? undefined : await processes.look(holder.pid)
    if (holder !== undefined && alive !== undefined && alive.startedAt === holder.startedAt) {
      throw new UserError('stack.locked', `Another mlflow-setup is changing ${stackDirectory}.`, {
        because: `Process ${holder.pid} has been at it since ${holder.since}.`,
        hint: { text: 'Wait for it to end, then run this again.' },
      })
    }
    // Whoever renames the dead lock away has the right to try again; the other one finds it gone.
    const aside = `${path}.${mine.pid}`
    await files.rename(path, aside).catch(() => undefined)
    await files.remove(aside)
  }
  throw new UserError('stack.locked', `Another mlflow-setup is changing ${stackDirectory}.`, {
    hint: { text: 'Wait for it to end, then run this again.' },
  })
}

function parseHolder(text: string | undefined): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    if (typeof value !== 'object' || value === null) return undefined
    const { pid, startedAt, since } = value as Partial<Record<keyof Holder, unknown>>
    return typeof pid === 'number' && typeof startedAt === 'string' && typeof since === 'string'
      ? { pid, startedAt, since }
      : undefined
  } catch {
    return undefined
  }
}
