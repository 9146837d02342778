// In: the output of `systemctl show`. Out: the state of a service.
import type { LastExit, ServiceState, ServiceStatus } from './supervisor.ts'

export const UNIT_PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'MainPID',
  'NRestarts',
  'ExecMainStatus',
  'ExecMainCode',
  'ExecMainExitTimestamp',
  'StateChangeTimestamp',
] as const

/** Values of waitid(2) that systemd shows as ExecMainCode: ended by itself, killed, killed with a memory image. */
const EXITED = '1'

/** `text`: lines `Name=value`, times in UTC as `Sat 2026-11-21 10:00:58 UTC`. */
export function parseUnitState(text: string): Omit<ServiceState, 'memoryBytes'> {
  const pairs = text
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
  const values = new Map<string, string>(pairs)
  const pid = Number(values.get('MainPID') ?? '0')
  return {
    status: statusOf(values.get('ActiveState'), values.get('SubState')),
    pid: pid === 0 ? undefined : pid,
    since: parseTime(values.get('StateChangeTimestamp')),
    restarts: Number(values.get('NRestarts') ?? '0'),
    lastExit: lastExitOf(values),
  }
}

function statusOf(active: string | undefined, sub: string | undefined): ServiceStatus {
  // A unit that waits for its next start counts as "activating", too.
  if (sub === 'auto-restart') return 'restarting'
  if (active === 'active' || active === 'reloading' || active === 'deactivating') return 'running'
  if (active === 'activating') return 'starting'
  return active === 'failed' ? 'failed' : 'stopped'
}

function lastExitOf(values: ReadonlyMap<string, string>): LastExit | undefined {
  const at = parseTime(values.get('ExecMainExitTimestamp'))
  if (at === undefined) return undefined
  const status = values.get('ExecMainStatus') ?? ''
  const byItself = values.get('ExecMainCode') === EXITED
  return { at, code: byItself ? Number(status) : undefined, signal: byItself ? undefined : signalName(Number(status)) }
}

function signalName(number: number): string {
  const names: Readonly<Record<number, string>> = { 6: 'SIGABRT', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' }
  return names[number] ?? `signal ${number}`
}

function parseTime(text: string | undefined): Date | undefined {
  const [, day, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/u.exec(text ?? '') ?? []
  return day === undefined || time === undefined ? undefined : new Date(`${day}T${time}Z`)
}
