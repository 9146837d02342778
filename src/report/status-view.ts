// In: StatusReport. Out: its lines.
import { unreachable } from '../errors.ts'
import { alignColumns, hang } from './layout.ts'
import { formatAge, formatBytes, formatCount, formatDuration, formatMemory } from './quantities.ts'
import type {
  BucketStatus,
  CertificateStatus,
  DatabaseStatus,
  PartStatus,
  ServiceState,
  ServiceStatus,
  StatusReport,
} from './status-report.ts'
import type { Style } from './style.ts'

/** `now` is what ages are counted from. */
export function formatStatus(report: StatusReport, now: Date, style: Style): string[] {
  const rows = [
    ...report.services.map((service) => serviceRow(service, now, style)),
    ...report.parts.map((part) => partRow(part, now, style)),
  ]
  return [...formatHeader(report, style), ...formatRows(rows, style), ...formatTrouble(report, style)]
}

function formatHeader(report: StatusReport, style: Style): string[] {
  const verdict = report.healthy ? style.green('healthy') : style.red('unhealthy')
  const where = report.address ?? style.home(report.directory)
  const words = `${style.bold(report.name)}  scenario ${report.scenario}, ${report.target}, ${where}`
  const room = style.columns - style.width(words) - 2
  if (room < style.width(verdict)) return [words, `  ${verdict}`]
  return [words + style.padStart(verdict, style.columns - style.width(words))]
}

/** One row: what it is, how it is and since when; what else is known of it; and what went wrong before. */
interface Row {
  readonly head: readonly [name: string, state: string, since: string]
  readonly facts: readonly string[]
  readonly history: readonly string[]
}

function formatRows(rows: readonly Row[], style: Style): string[] {
  const heads = alignColumns(rows.map(({ head: [name, ...rest] }) => [`  ${name}`, ...rest]))
  const widest = Math.max(0, ...heads.map((head) => style.width(head)))
  return rows.flatMap((row, i) => {
    const head = heads[i] ?? ''
    const facts = row.facts.join(` ${style.symbols.dot} `)
    const below = widest + 2 + style.width(facts) > style.columns
    return [
      ...(facts === ''
        ? [head]
        : below
          ? [head, ...hang('    ', facts, style.columns, { paint: style.dim })]
          : [`${style.padEnd(head, widest)}  ${style.dim(facts)}`]),
      ...row.history,
    ]
  })
}

function serviceRow(service: ServiceStatus, now: Date, style: Style): Row {
  const { name, state, since } = service
  return {
    head: [name, paintState(state, style), since === undefined ? '' : age(since, now)],
    facts: factsOf(service),
    history: formatHistory(service, now, style),
  }
}

function partRow(part: PartStatus, now: Date, style: Style): Row {
  const row = (state: string, facts: readonly string[]): Row => {
    const paint = part.healthy ? style.green : style.red
    return { head: [part.kind === 'users' ? 'login' : part.kind, paint(state), ''], facts, history: [] }
  }
  switch (part.kind) {
    case 'database':
      return row(part.healthy ? 'reachable' : 'unreachable', databaseFacts(part))
    case 'bucket':
      return row(part.healthy ? 'reachable' : 'unreachable', [part.name, ...bucketFacts(part)])
    case 'certificate':
      return certificateRow(part, now, style)
    case 'users':
      return row(formatCount(part.names.length, 'user'), [enumerate(part.names)])
    default:
      return unreachable(part)
  }
}

/** Three weeks are enough to get another one. */
const SOON_MS = 21 * 86_400_000

function certificateRow({ healthy, until }: CertificateStatus, now: Date, style: Style): Row {
  const soon = until !== undefined && Date.parse(until) - now.getTime() < SOON_MS
  const state = until === undefined ? 'missing' : healthy ? (soon ? 'ends soon' : 'valid') : 'expired'
  const paint = healthy ? (soon ? style.yellow : style.green) : style.red
  const facts = until === undefined ? [] : [`until ${until.slice(0, 10)}`]
  return { head: ['certificate', paint(state), ''], facts, history: [] }
}

function databaseFacts({ name, version, bytes, connections, maxConnections }: DatabaseStatus): string[] {
  return [
    version === undefined ? name : `PostgreSQL ${version}`,
    ...(bytes === undefined ? [] : [formatBytes(bytes)]),
    ...(connections === undefined || maxConnections === undefined
      ? []
      : [`${connections} of ${formatCount(maxConnections, 'connection')}`]),
  ]
}

function bucketFacts({ objects, bytes, more }: BucketStatus): string[] {
  if (objects === undefined || bytes === undefined) return []
  return [
    more === true
      ? `more than ${formatCount(objects, 'object')}`
      : `${formatBytes(bytes)} in ${formatCount(objects, 'object')}`,
  ]
}

/** So many names are told; the others are counted. */
const TOLD = 4

function enumerate(names: readonly string[]): string {
  return names.length <= TOLD ? names.join(', ') : `${names.slice(0, TOLD).join(', ')} and ${names.length - TOLD} more`
}

function factsOf(service: ServiceStatus): string[] {
  return [
    ...(service.port === undefined ? [] : [`port ${service.port}`]),
    ...(service.workers === undefined ? [] : [formatCount(service.workers, 'worker')]),
    ...(service.version === undefined ? imageWords(service) : [service.version]),
    ...(service.memoryBytes === undefined ? [] : [memoryWords(service.memoryBytes, service.memoryLimit)]),
    ...(service.latencyMs === undefined ? [] : [formatDuration(service.latencyMs)]),
  ]
}

/** `chrislusf/seaweedfs:4.47` is `seaweedfs 4.47`; where the service has its program's name, or the stack made the image, the tag will do. */
function imageWords({ name, image }: ServiceStatus): string[] {
  const [, program = '', tag = ''] = /([^/:@]+)(?::([^/:@]+))?(?:@.*)?$/.exec(image ?? '') ?? []
  if (program === '') return []
  const known = image?.startsWith('mlflow-setup/') === true || program.startsWith(name)
  return [[...(known ? [] : [program]), tag].join(' ').trim()].filter((words) => words !== '')
}

function memoryWords(bytes: number, limit: number | undefined): string {
  return limit === undefined ? formatMemory(bytes) : `${formatMemory(bytes)} of ${formatMemory(limit)}`
}

/** What went wrong before, if anything did. */
function formatHistory(service: ServiceStatus, now: Date, style: Style): string[] {
  const restarts = service.restarts ?? 0
  // Who stopped it knows that.
  const lastExit = service.state === 'stopped' && service.lastExit?.how === 'code 0' ? undefined : service.lastExit
  const words = [
    ...(restarts === 0 ? [] : [`restarted ${restarts === 1 ? 'once' : `${restarts} times`}`]),
    ...(lastExit === undefined ? [] : [`last ended with ${lastExit.how}, ${age(lastExit.at, now)} ago`]),
  ]
  return words.length === 0 ? [] : hang(`    ${style.yellow(style.symbols.warn)} `, words.join(', '), style.columns)
}

function formatTrouble(report: StatusReport, style: Style): string[] {
  if (report.healthy || (report.because === undefined && report.command === undefined)) return []
  return [
    '',
    ...(report.because === undefined
      ? []
      : hang(`  ${style.bold('Why')}  `, style.home(report.because), style.columns)),
    ...(report.command === undefined ? [] : [`  ${style.bold('Do')}   ${style.cyan(report.command)}`]),
  ]
}

function age(since: string, now: Date): string {
  return formatAge(now.getTime() - Date.parse(since))
}

function paintState(state: ServiceState, style: Style): string {
  switch (state) {
    case 'running':
      return style.green(state)
    case 'starting':
    case 'restarting':
      return style.yellow(state)
    case 'unhealthy':
    case 'stopped':
    case 'failed':
      return style.red(state)
    default:
      return unreachable(state)
  }
}
