// In: StatusReport. Out: its lines.
import { unreachable } from '../errors.ts'
import { alignColumns, hang } from './layout.ts'
import { formatAge, formatCount, formatDuration, formatMemory } from './quantities.ts'
import type { ServiceState, ServiceStatus, StatusReport } from './status-report.ts'
import type { Style } from './style.ts'

/** `now` is what ages are counted from. */
export function formatStatus(report: StatusReport, now: Date, style: Style): string[] {
  return [
    ...formatHeader(report, style),
    ...formatServices(report.services, now, style),
    ...formatTrouble(report, style),
  ]
}

function formatHeader(report: StatusReport, style: Style): string[] {
  const verdict = report.healthy ? style.green('healthy') : style.red('unhealthy')
  const where = report.address ?? style.home(report.directory)
  const words = `${style.bold(report.name)}  scenario ${report.scenario}, ${report.target}, ${where}`
  const room = style.columns - style.width(words) - 2
  if (room < style.width(verdict)) return [words, `  ${verdict}`]
  return [words + style.padStart(verdict, style.columns - style.width(words))]
}

function formatServices(services: readonly ServiceStatus[], now: Date, style: Style): string[] {
  const rows = services.map((service) => [
    `  ${service.name}`,
    paintState(service.state, style),
    service.since === undefined ? '' : age(service.since, now),
    service.port === undefined ? '' : `port ${service.port}`,
  ])
  const heads = alignColumns(rows)
  const widest = Math.max(0, ...heads.map((head) => style.width(head)))
  return services.flatMap((service, i) => {
    const head = heads[i] ?? ''
    const facts = factsOf(service).join(` ${style.symbols.dot} `)
    const below = widest + 2 + style.width(facts) > style.columns
    return [
      ...(facts === ''
        ? [head]
        : below
          ? [head, ...hang('    ', facts, style.columns, { paint: style.dim })]
          : [`${style.padEnd(head, widest)}  ${style.dim(facts)}`]),
      ...formatHistory(service, now, style),
    ]
  })
}

function factsOf(service: ServiceStatus): string[] {
  return [
    ...(service.workers === undefined ? [] : [formatCount(service.workers, 'worker')]),
    ...(service.version === undefined ? [] : [service.version]),
    ...(service.memoryBytes === undefined ? [] : [formatMemory(service.memoryBytes)]),
    ...(service.latencyMs === undefined ? [] : [formatDuration(service.latencyMs)]),
  ]
}

/** What went wrong before, if anything did. */
function formatHistory(service: ServiceStatus, now: Date, style: Style): string[] {
  const restarts = service.restarts ?? 0
  const { lastExit } = service
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
    case 'stopped':
    case 'failed':
      return style.red(state)
    default:
      return unreachable(state)
  }
}
