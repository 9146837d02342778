import { expect, it } from 'vitest'
import { parseUnitState } from '../../../src/actions/supervisors/unit-state.ts'

const show = (changes: Record<string, string>) =>
  Object.entries({
    LoadState: 'loaded',
    MainPID: '0',
    NRestarts: '0',
    ExecMainStatus: '0',
    ExecMainCode: '0',
    ...changes,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

it('reads a running unit', () => {
  const text = show({
    ActiveState: 'active',
    SubState: 'running',
    MainPID: '812',
    StateChangeTimestamp: 'Sat 2026-11-21 10:00:58 UTC',
  })
  expect(parseUnitState(text)).toEqual({
    status: 'running',
    pid: 812,
    since: new Date('2026-11-21T10:00:58Z'),
    restarts: 0,
    lastExit: undefined,
  })
})

it('reads a unit that crashed and waits', () => {
  const text = show({
    ActiveState: 'activating',
    SubState: 'auto-restart',
    NRestarts: '4',
    ExecMainStatus: '9',
    ExecMainCode: '2',
    ExecMainExitTimestamp: 'Sat 2026-11-21 10:00:58 UTC',
  })
  expect(parseUnitState(text)).toMatchObject({
    status: 'restarting',
    restarts: 4,
    lastExit: { code: undefined, signal: 'SIGKILL', at: new Date('2026-11-21T10:00:58Z') },
  })
})

it('takes a unit that nobody knows for stopped', () => {
  expect(parseUnitState(show({ LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead' })).status).toBe(
    'stopped',
  )
  expect(parseUnitState('').status).toBe('stopped')
})
