// In: a Plan without conflicts. Out: ApplyResult; the world is as the plan says.
import { UserError } from '../errors.ts'
import { changesOf, conflictsOf } from '../plan/build-plan.ts'
import type { Plan, PlannedAction } from '../plan/plan.ts'
import { applyAction } from './action-table.ts'
import type { ActionPorts } from './action-kind.ts'
import { writeJournal } from '../plan/journal.ts'

/** Who is told what happens. */
export interface ApplyListener {
  started(planned: PlannedAction): void
  progressed(planned: PlannedAction, text: string): void
  finished(planned: PlannedAction, milliseconds: number): void
  failed(planned: PlannedAction): void
}

export interface ApplyResult {
  readonly done: readonly PlannedAction[]
  /** What stopped the run; undefined when all went well. */
  readonly failure: { readonly planned: PlannedAction; readonly error: unknown } | undefined
  /** Not begun, or ended half way: a second run does them. */
  readonly notDone: readonly PlannedAction[]
}

/**
 * Applies what differs, independent actions side by side, each journalled before and after. After a failure nothing
 * more is begun and what runs is aborted; the result says what was done and what was not.
 * Throws UserError `plan.conflict` before anything is changed.
 */
export async function applyPlan(
  plan: Plan,
  ports: ActionPorts,
  listener: ApplyListener,
  signal: AbortSignal,
): Promise<ApplyResult> {
  refuseConflicts(plan)
  const changes = changesOf(plan)
  const stop = new AbortController()
  const done: PlannedAction[] = []
  let failure: ApplyResult['failure']
  const running = new Map<string, Promise<void>>()
  for (const planned of plan.actions) {
    const needs = planned.action.needs.flatMap((id) => running.get(id) ?? [])
    const run = async () => {
      await Promise.all(needs)
      // One for each action: Node.js takes more than ten listeners of one signal for a leak, and says so on the terminal.
      const both = AbortSignal.any([signal, stop.signal])
      if (both.aborted || planned.effect === 'unchanged') return
      try {
        await applyOne(plan, planned, ports, listener, both)
        done.push(planned)
      } catch (error) {
        failure ??= { planned, error }
        stop.abort(error)
      }
    }
    running.set(planned.action.id, run())
  }
  await Promise.all(running.values())
  if (failure === undefined && signal.aborted) throw signal.reason
  return { done, failure, notDone: changes.filter((planned) => !done.includes(planned)) }
}

async function applyOne(
  plan: Plan,
  planned: PlannedAction,
  ports: ActionPorts,
  listener: ApplyListener,
  signal: AbortSignal,
): Promise<void> {
  const begin = ports.clock.monotonic()
  listener.started(planned)
  await writeJournal(plan.stackDirectory, planned, 'started', ports)
  try {
    await applyAction(planned.action, ports, (text) => listener.progressed(planned, text), signal)
  } catch (error) {
    listener.failed(planned)
    // The journal must not hide the first error, for instance on a full disk.
    await writeJournal(plan.stackDirectory, planned, 'failed', ports).catch(() => undefined)
    throw error
  }
  await writeJournal(plan.stackDirectory, planned, 'done', ports)
  listener.finished(planned, ports.clock.monotonic() - begin)
}

function refuseConflicts(plan: Plan): void {
  const conflicts = conflictsOf(plan)
  if (conflicts.length === 0) return
  throw new UserError(
    'plan.conflict',
    `${conflicts.length === 1 ? 'One file is' : `${conflicts.length} files are`} not as mlflow-setup left it. Nothing was changed.`,
    {
      problems: conflicts.map(({ action, why }) => ({ name: action.id, message: why })),
      hint: { text: 'Look at the difference.', command: 'mlflow-setup plan' },
    },
  )
}
