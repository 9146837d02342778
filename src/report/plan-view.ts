// In: Plan. Out: its lines: one for each row, conflicts with their difference and the way on.
import { relative } from 'node:path'
import { unreachable } from '../errors.ts'
import { renderShellCommand } from '../formats/shell-words.ts'
import type { Effect, Plan, PlannedAction } from '../plan/plan.ts'
import type { Action, ActionKind } from '../targets/action.ts'
import { hang } from './layout.ts'
import { buildPlanRows, buildRows, type PlanRow } from './plan-rows.ts'
import { formatCount } from './quantities.ts'
import type { Style } from './style.ts'

export interface PlanViewOptions {
  /** Show all actions one by one, unchanged ones too, and differences in full. */
  readonly verbose?: boolean
  /** What a line may take; less than the terminal's beside a guide bar. */
  readonly columns?: number
}

const LONGEST_DIFF = 40

/** `9 changes in ~/mlflow, 1 outside`: the title of the review, which counts the rows below it. No full stop. */
export function formatPlanTitle(plan: Plan, style: Style, options: PlanViewOptions = {}): string {
  const where = style.home(plan.stackDirectory)
  const rows = rowsOf(plan, options)
  const changes = rows.filter(({ effect }) => effect === 'create' || effect === 'update')
  const conflicts = rows.filter(({ effect }) => effect === 'conflict')
  if (changes.length + conflicts.length === 0) return `Nothing to change in ${where}`
  const outside = changes.filter((row) => row.outside).length
  const inside = changes.length - outside
  const counts =
    inside === 0 && outside > 0
      ? `${formatCount(outside, 'change')} outside ${where}`
      : `${formatCount(inside, 'change')} in ${where}${outside > 0 ? `, ${outside} outside` : ''}`
  return conflicts.length === 0 ? counts : `${formatCount(conflicts.length, 'conflict')}, ${counts}`
}

/** The rows, without the title. */
export function formatPlanActions(plan: Plan, style: Style, options: PlanViewOptions = {}): string[] {
  const columns = options.columns ?? style.columns
  const shown = rowsOf(plan, options).filter(({ effect }) => options.verbose === true || effect !== 'unchanged')
  const titleWidth = titleColumn(shown, columns, style)
  const unchanged = options.verbose === true ? 0 : plan.actions.filter(isKept).length
  return [
    ...shown.flatMap((row) => [
      ...formatRow(row, titleWidth, columns, style),
      ...(row.effect === 'conflict' ? formatConflict(row.planned, plan, columns, options, style) : []),
    ]),
    ...(unchanged === 0 ? [] : [style.dim(`${style.symbols.equals} ${unchanged} unchanged`)]),
  ]
}

/** Nothing that a stack keeps: what it had before and has no more, and the password of a database that is yet to be made. */
const UNCOUNTED: readonly ActionKind[] = ['retire-services', 'set-database-password']

function isKept({ action, effect }: PlannedAction): boolean {
  return effect === 'unchanged' && !UNCOUNTED.includes(action.kind)
}

function rowsOf(plan: Plan, { verbose }: PlanViewOptions): readonly PlanRow[] {
  return verbose === true ? buildRows(plan) : buildPlanRows(plan)
}

/** Title and actions, as `mlflow-setup plan` prints them. */
export function formatPlan(plan: Plan, style: Style, options: PlanViewOptions = {}): string[] {
  const columns = (options.columns ?? style.columns) - 2
  return [
    `${style.bold(formatPlanTitle(plan, style, options))}.`,
    ...formatPlanActions(plan, style, { ...options, columns }).map((line) => `  ${line}`.trimEnd()),
  ]
}

function formatRow(row: PlanRow, titleWidth: number, columns: number, style: Style): string[] {
  const { effect, kind } = row
  const mark = paintEffect(effect, `${symbolOf(effect, style)} ${verbOf(kind, effect).padEnd(8)}`, style)
  const title = style.home(row.title)
  const remark = style.home(row.remark)
  if (remark === '') return [`${mark} ${title}`]
  // A title wider than its column pushes the remark, unless too little room is left: then the remark goes below.
  const head = `${mark} ${style.padEnd(title, titleWidth)}  `
  if (columns - style.width(head) < 16)
    return [`${mark} ${title}`, ...hang(' '.repeat(13), remark, columns, { paint: style.dim })]
  return hang(head, remark, columns, { paint: style.dim })
}

/** As wide as the widest title, those aside that would leave too little room for the rest. */
function titleColumn(shown: readonly PlanRow[], columns: number, style: Style): number {
  const widths = shown.map(({ title }) => style.width(style.home(title)))
  return Math.max(0, ...widths.filter((width) => width <= columns * 0.42))
}

function formatConflict(
  planned: PlannedAction | undefined,
  plan: Plan,
  columns: number,
  options: PlanViewOptions,
  style: Style,
): string[] {
  if (planned === undefined) return []
  const all = (planned.diff ?? '').split('\n').filter((line, i, lines) => line !== '' || i < lines.length - 1)
  const diff = options.verbose === true ? all : all.slice(0, LONGEST_DIFF)
  const more = all.length - diff.length
  const lines = [
    ...diff.map((line) => paintDiff(line, style)),
    ...(more === 0 ? [] : [style.dim(`${formatCount(more, 'more line')}: --verbose`)]),
    ...formatWayOn(planned.action, plan, columns - 4, style),
  ]
  return lines.map((line) => `    ${line}`)
}

/** What the user can do about a conflict: nothing of theirs is ever overwritten by itself. */
function formatWayOn({ kind, input }: Action, plan: Plan, columns: number, style: Style): string[] {
  if (kind !== 'write-file' && kind !== 'write-compose-file' && kind !== 'write-image-file')
    return style.wrap('Move it away, then run this again.', columns)
  const inside = relative(plan.stackDirectory, input.path)
  const named = inside.startsWith('..') ? input.path : inside
  const keep = OWN_PLACES[inside] ?? ''
  const words = `Nothing is overwritten. ${keep}To take the new text in place of yours, with a backup:`
  return [...style.wrap(words, columns), `  ${renderShellCommand(['mlflow-setup', 'apply', '--replace', named])}`]
}

/** Where people's own things belong, by the file that they wrote them into. */
const OWN_PLACES: Readonly<Record<string, string>> = {
  '.env': 'Settings of your own belong into mlflow-setup.yaml, under "environment". ',
  'compose.yaml': 'Additions of your own belong into compose.override.yaml, which Compose reads too. ',
}

function paintDiff(line: string, style: Style): string {
  if (line.startsWith('+++') || line.startsWith('---')) return style.dim(line)
  if (line.startsWith('+')) return style.green(line)
  if (line.startsWith('-')) return style.red(line)
  return line.startsWith('@@') ? style.cyan(line) : line
}

const VERBS: Readonly<Record<ActionKind, readonly [create: string, update: string]>> = {
  'make-directories': ['create', 'change'],
  'write-file': ['write', 'rewrite'],
  'write-spec': ['write', 'rewrite'],
  'create-venv': ['create', 'rebuild'],
  'install-packages': ['install', 'update'],
  'compile-code': ['compile', 'compile'],
  'install-system-packages': ['install', 'install'],
  'initialise-store': ['create', 'change'],
  'create-user': ['create', 'change'],
  'create-cluster': ['create', 'change'],
  'create-database': ['create', 'change'],
  'initialise-schema': ['create', 'upgrade'],
  'create-bucket': ['create', 'change'],
  'set-password-file': ['write', 'change'],
  'make-certificate': ['make', 'renew'],
  'install-certificate': ['install', 'renew'],
  'install-roots': ['install', 'renew'],
  'write-nginx-config': ['write', 'rewrite'],
  'write-system-site': ['write', 'rewrite'],
  'edit-aws-profile': ['write', 'change'],
  'retire-services': ['stop', 'stop'],
  'run-services': ['start', 'restart'],
  'pull-images': ['pull', 'pull'],
  'write-image-file': ['write', 'rewrite'],
  'write-compose-file': ['write', 'rewrite'],
  'write-container-nginx': ['write', 'rewrite'],
  'build-image': ['build', 'rebuild'],
  'prepare-model': ['prepare', 'prepare'],
  'set-database-password': ['set', 'set'],
  'run-containers': ['start', 'update'],
}

function verbOf(kind: ActionKind, effect: Effect): string {
  switch (effect) {
    case 'create':
      return VERBS[kind][0]
    case 'update':
      return VERBS[kind][1]
    case 'unchanged':
      return 'keep'
    case 'conflict':
      return 'conflict'
    default:
      return unreachable(effect)
  }
}

function symbolOf(effect: Effect, style: Style): string {
  const { plus, tilde, equals, bang } = style.symbols
  return { create: plus, update: tilde, unchanged: equals, conflict: bang }[effect]
}

function paintEffect(effect: Effect, text: string, style: Style): string {
  return { create: style.green, update: style.yellow, unchanged: style.dim, conflict: style.red }[effect](text)
}
