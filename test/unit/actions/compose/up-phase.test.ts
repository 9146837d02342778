import { expect, it } from 'vitest'
import { findWaiting, formatUpPhase } from '../../../../src/actions/compose/up-phase.ts'
import type { Container } from '../../../../src/actions/compose/containers.ts'
import { BEGUN, EARLIER, fakeContainer, SINCE } from '../../../fakes/container.ts'

const SERVICES = [
  { name: 'postgres', job: false, readsAtStart: [] },
  { name: 'database', job: true, readsAtStart: [] },
  { name: 'mlflow', job: false, readsAtStart: [] },
]
const done = fakeContainer('database', { status: 'exited', health: undefined, finishedAt: SINCE })
const phaseOf = (...containers: readonly Container[]) => {
  const waiting = findWaiting(SERVICES, containers, BEGUN)
  return waiting === undefined ? 'ready' : formatUpPhase(waiting)
}

it('the first that is not ready is what the others wait for', () => {
  const [postgres, mlflow] = [fakeContainer('postgres'), fakeContainer('mlflow')]
  expect(phaseOf()).toBe('waiting for postgres')
  expect(phaseOf(fakeContainer('postgres', { health: 'starting' }), done, mlflow)).toBe('waiting for postgres')
  expect(phaseOf(postgres)).toBe('making tables')
  expect(phaseOf(postgres, done, fakeContainer('mlflow', { status: 'restarting' }))).toBe('waiting for mlflow')
  expect(phaseOf(postgres, done, mlflow)).toBe('ready')
})

it('what has no health check is ready when it runs', () => {
  const asked = [fakeContainer('postgres', { health: undefined }), done, fakeContainer('mlflow')]
  expect(phaseOf(...asked)).toBe('ready')
})

it.each([
  ['of an earlier start', { finishedAt: EARLIER }],
  ['that failed', { exitCode: 1 }],
  ['that still runs', { status: 'running' }],
])('the work of a job %s is not done', (_which, changes) => {
  expect(phaseOf(fakeContainer('postgres'), { ...done, ...changes }, fakeContainer('mlflow'))).toBe('making tables')
})
