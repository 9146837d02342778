// In: the wanted actions, and a way to look at each. Out: Plan, with what every action would change.
import type { Action } from '../targets/action.ts'
import type { Inspection, Plan, PlannedAction } from './plan.ts'

/**
 * Looks at all actions side by side and orders them by their needs. An action with `refreshOn` becomes an `update` when
 * one of those would change something. Throws what `inspect` throws, and for a circle or an unknown need: a fault of ours.
 */
export async function buildPlan(
  stackDirectory: string,
  actions: readonly Action[],
  inspect: (action: Action) => Promise<Inspection>,
): Promise<Plan> {
  const ordered = inOrderOfNeeds(actions)
  const inspections = await Promise.all(ordered.map(inspect))
  const planned: PlannedAction[] = []
  for (const [index, action] of ordered.entries()) {
    const inspection = inspections[index]
    if (inspection === undefined) throw new Error(`${action.id} was not looked at`)
    const cause = planned.find((other) => action.refreshOn.includes(other.action.id) && other.effect !== 'unchanged')
    planned.push(
      inspection.effect === 'unchanged' && cause !== undefined
        ? { action, effect: 'update', why: `${cause.action.title} changes` }
        : { action, ...inspection },
    )
  }
  return { stackDirectory, actions: planned }
}

/** Why an edited file is written all the same. */
export const REPLACED = 'replaced, with a backup'

/** The same plan with the conflicts in `paths` turned into updates: the user said that ours shall replace theirs. */
export function replaceConflicts(plan: Plan, paths: readonly string[]): Plan {
  const actions = plan.actions.map((planned): PlannedAction => {
    const { action, effect } = planned
    const path = writtenPath(action)
    const named = path !== undefined && paths.includes(path)
    return effect === 'conflict' && named ? { action, effect: 'update', why: REPLACED } : planned
  })
  return { ...plan, actions }
}

/** The file of ours that an action writes; undefined where it does something else. */
function writtenPath(action: Action): string | undefined {
  switch (action.kind) {
    case 'write-file':
    case 'write-nginx-config':
    case 'write-image-file':
    case 'write-compose-file':
    case 'write-container-nginx':
      return action.input.path
    default:
      return undefined
  }
}

/** What applying would do something about. */
export function changesOf(plan: Plan): readonly PlannedAction[] {
  return plan.actions.filter((planned) => planned.effect !== 'unchanged')
}

/** What stands in the way: only the user can decide about it. */
export function conflictsOf(plan: Plan): readonly PlannedAction[] {
  return plan.actions.filter((planned) => planned.effect === 'conflict')
}

function inOrderOfNeeds(actions: readonly Action[]): readonly Action[] {
  const byId = new Map(actions.map((action) => [action.id, action]))
  const ordered: Action[] = []
  const underWay = new Set<string>()
  const visit = (action: Action) => {
    if (ordered.includes(action)) return
    if (underWay.has(action.id))
      throw new Error(`the actions need each other in a circle: ${[...underWay, action.id].join(' → ')}`)
    underWay.add(action.id)
    for (const id of action.needs) {
      const need = byId.get(id)
      if (need === undefined) throw new Error(`${action.id} needs ${id}, which is not in the plan`)
      visit(need)
    }
    underWay.delete(action.id)
    ordered.push(action)
  }
  for (const action of actions) visit(action)
  return ordered
}
