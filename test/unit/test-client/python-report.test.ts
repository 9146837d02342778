import { expect, it } from 'vitest'
import { buildMissing, parseProofLine } from '../../../src/test-client/python-report.ts'

const SUBJECT = { trackingUri: 'http://h', login: false, python: '/v/bin/python', name: 'mlflow-setup-test-1' }
const ENDED = { exitCode: 0, found: true, timedOut: false, stdout: '', stderr: '' }
const CLIENT = '{"id": "client", "status": "passed", "detail": "MLflow 3", "milliseconds": 5}'

it('reads a step and overlooks everything else that a program prints', () => {
  expect(parseProofLine(CLIENT, SUBJECT)).toMatchObject({
    id: 'client',
    transport: 'python',
    status: 'passed',
    milliseconds: 5,
  })
  expect(parseProofLine('{"id": 5}', SUBJECT)).toBeUndefined()
  expect(parseProofLine('{not JSON', SUBJECT)).toBeUndefined()
  expect(parseProofLine('2026/11/21 INFO mlflow: hello', SUBJECT)).toBeUndefined()
})

it('explains a failed step', () => {
  const error = 'The filesystem tracking backend (./mlruns) is in maintenance mode.'
  const line = JSON.stringify({
    id: 'experiment',
    status: 'failed',
    detail: '',
    milliseconds: 1,
    goal: 'Opening the store',
    error,
  })
  const result = parseProofLine(line, SUBJECT)
  expect(result?.problem?.what).toBe(`Opening the store failed: ${error}`)
  expect(result?.problem?.hint.text).toContain('MLFLOW_ALLOW_FILE_STORE')
})

it('completes what a crash broke off', () => {
  const seen = [parseProofLine(CLIENT, SUBJECT)].filter((result) => result !== undefined)
  const missing = buildMissing(seen, { ...ENDED, exitCode: 137 }, SUBJECT)
  expect(missing.map(({ id, status }) => `${id} ${status}`)).toEqual([
    'experiment failed',
    'run skipped',
    'files skipped',
    'model skipped',
    'search skipped',
    'trace skipped',
    'cleanup failed',
  ])
  expect(missing[0]?.problem?.because).toContain('memory')
  expect(missing.at(-1)?.problem?.what).toContain(SUBJECT.name)
})

it('names a time that ran out', () => {
  const [first] = buildMissing([], { ...ENDED, exitCode: 143, timedOut: true }, SUBJECT)
  expect(first?.problem?.what).toBe('The Python client did not come to an end.')
})
