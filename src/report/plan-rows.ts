// In: the actions of a plan. Out: its rows: one for each action, or for several that people think of as one.
import { basename, relative, sep } from 'node:path'
import { unreachable } from '../errors.ts'
import type { Effect, Plan, PlannedAction } from '../plan/plan.ts'
import type { Action, ActionKind } from '../targets/action.ts'
import { isOutside, pathsOf } from './plan-places.ts'
import { formatCount } from './quantities.ts'

export interface PlanRow {
  readonly effect: Effect
  readonly kind: ActionKind
  readonly title: string
  readonly remark: string
  /** The action, where the row is about one alone. */
  readonly planned: PlannedAction | undefined
  /** Whether it changes something beyond the stack directory. */
  readonly outside: boolean
}

type Family = 'folders' | 'files' | 'services'

const FAMILIES: Readonly<Partial<Record<ActionKind, Family>>> = {
  'make-directories': 'folders',
  'write-spec': 'files',
  'write-file': 'files',
  'write-nginx-config': 'files',
  'write-image-file': 'files',
  'write-compose-file': 'files',
  'write-container-nginx': 'files',
  'run-services': 'services',
}

/** The one file that people must know of: it has the secrets. */
const SECRETS_FILE = '.env'

/** New folders, new files and services that are started are a row each; whatever changes is told by itself, with its reason. */
export function buildPlanRows(plan: Plan): readonly PlanRow[] {
  const directory = plan.stackDirectory
  const families = new Map<Family, PlannedAction[]>()
  for (const planned of plan.actions) {
    const family = familyOf(planned, directory)
    if (family !== undefined) families.set(family, [...(families.get(family) ?? []), planned])
  }
  return plan.actions.flatMap((planned) => {
    const family = familyOf(planned, directory)
    const members = (family === undefined ? undefined : families.get(family)) ?? []
    if (family === undefined || members.length === 1) return [buildRow(planned, directory)]
    // Services run when the last of them does.
    const place = family === 'services' ? members.at(-1) : members[0]
    return planned === place ? [buildFamilyRow(family, members, directory)] : []
  })
}

/** One row for every action. */
export function buildRows(plan: Plan): readonly PlanRow[] {
  return plan.actions.map((planned) => buildRow(planned, plan.stackDirectory))
}

function familyOf({ action, effect }: PlannedAction, directory: string): Family | undefined {
  if (effect !== 'create' || isOutside(action, directory)) return undefined
  return pathsOf(action).some((path) => basename(path) === SECRETS_FILE) ? undefined : FAMILIES[action.kind]
}

function buildRow(planned: PlannedAction, directory: string): PlanRow {
  const { action, effect } = planned
  const { kind } = action
  const title = effect === 'create' ? newTitle(action) : action.title
  return { effect, kind, title, remark: remarkOf(planned), planned, outside: isOutside(action, directory) }
}

/** Several things that are new in one action are counted. */
function newTitle({ kind, input, title }: Action): string {
  if (kind === 'pull-images') return formatCount(input.images.length, 'image')
  if (kind !== 'run-containers') return title
  return formatCount(input.services.filter(({ job }) => !job).length, 'container')
}

function buildFamilyRow(family: Family, members: readonly PlannedAction[], directory: string): PlanRow {
  const paths = members.flatMap(({ action }) => pathsOf(action))
  const row = (kind: ActionKind, title: string, remark: string): PlanRow => {
    return { effect: 'create', kind, title, remark, planned: undefined, outside: false }
  }
  switch (family) {
    case 'folders': {
      const names = new Set(paths.map((path) => relative(directory, path).split(sep)[0] ?? ''))
      return row('make-directories', formatCount(paths.length, 'folder'), [...names].filter(Boolean).join(', '))
    }
    case 'files':
      return row('write-file', formatCount(paths.length, 'file'), paths.map((path) => basename(path)).join(', '))
    case 'services': {
      const titles = members.map(({ action }) => action.title)
      return row('run-services', formatCount(titles.length, 'service'), `${titles.join(', ')}: ${keptHow(members)}`)
    }
    default:
      return unreachable(family)
  }
}

/** All services of a stack have one supervisor. */
function keptHow(members: readonly PlannedAction[]): string {
  const [supervisor] = members.flatMap(({ action }) =>
    action.kind === 'run-services' ? [action.input.supervisor] : [],
  )
  return supervisor === 'background' ? 'in the background, again when they fail' : 'by systemd, at every boot'
}

/** What is new tells what it will be; a change of what exists tells its reason. */
function remarkOf(planned: PlannedAction): string {
  const { detail } = planned.action
  switch (planned.effect) {
    case 'create':
      return detail
    case 'update':
      return planned.why === '' ? detail : planned.why
    case 'unchanged':
      return detail === '' ? planned.why : detail
    case 'conflict':
      return planned.why
    default:
      return unreachable(planned.effect)
  }
}
