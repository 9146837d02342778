// In: what is about to be done and what was done. Out: lines in the stack's journal, which `uninstall` reads.
import { join } from 'node:path'
import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import type { PlannedAction } from './plan.ts'

/** Below the stack directory. One JSON object a line; a line is written before a change and after it. */
const JOURNAL_FILE = '.mlflow-setup/journal.jsonl'

export interface JournalEntry {
  /** ISO 8601, UTC. */
  readonly at: string
  readonly action: string
  readonly kind: string
  readonly effect: string
  readonly phase: 'started' | 'done' | 'failed'
  /** What the action wanted, without secrets. */
  readonly input?: unknown
}

/** A line that was cut off by a crash is harmless: readers skip what is not JSON. */
export async function writeJournal(
  stackDirectory: string,
  planned: PlannedAction,
  phase: JournalEntry['phase'],
  ports: { readonly files: Files; readonly clock: Clock },
): Promise<void> {
  const { action, effect } = planned
  const entry: JournalEntry = {
    at: ports.clock.now().toISOString(),
    action: action.id,
    kind: action.kind,
    effect,
    phase,
    ...(phase === 'started' ? { input: action.input } : {}),
  }
  await ports.files.appendLine(join(stackDirectory, JOURNAL_FILE), JSON.stringify(entry), { mode: 0o600 })
}

/** Its entries, oldest first. What is not JSON was cut off by a crash. */
export async function readJournal(stackDirectory: string, files: Pick<Files, 'readText'>): Promise<readonly unknown[]> {
  const text = (await files.readText(join(stackDirectory, JOURNAL_FILE))) ?? ''
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown]
    } catch {
      return []
    }
  })
}
