// In: a file that is about to change. Out: a dated copy beside it.
import type { ActionPorts } from './action-kind.ts'

/**
 * `.env` → `.env.2026-11-21T10-15-00.bak`. Two edits within one second must not cost the older copy: the later one gets
 * the name of the next second.
 */
export async function keepBackup(path: string, { files, clock }: Pick<ActionPorts, 'files' | 'clock'>): Promise<void> {
  for (let moment = clock.now(); ; moment = new Date(moment.getTime() + 1000)) {
    const backup = `${path}.${moment.toISOString().slice(0, 19).replaceAll(':', '-')}.bak`
    if ((await files.stat(backup)) === undefined) return files.copy(path, backup)
  }
}
