import { describe, expect, it } from 'vitest'
import {
  buildErrorDocument,
  buildPlanDocument,
  buildStatusDocument,
  buildTestDocument,
} from '../../../src/report/json.ts'
import { formatError } from '../../../src/report/error-view.ts'
import { printJson } from '../../../src/report/print.ts'
import { makeStyle } from '../../../src/report/style.ts'
import { fakeStack } from '../../fakes/stack.ts'
import { makeFakeTerminal } from '../../fakes/terminal.ts'
import * as example from './examples.ts'

describe('JSON documents', () => {
  it('are one document with a schema version', () => {
    const terminal = makeFakeTerminal()
    printJson(terminal, buildStatusDocument(example.healthyStatus))
    expect(JSON.parse(terminal.stdout)).toMatchObject({
      schemaVersion: 1,
      kind: 'status',
      ok: true,
      services: [{ name: 'mlflow' }],
    })
    expect(terminal.stderr).toBe('')
  })

  it('tell of a proof what its lines tell', () => {
    expect(buildTestDocument({ ...example.proofFacts, steps: example.passedSteps })).toMatchObject({ ok: true })
    expect(buildTestDocument({ ...example.proofFacts, steps: example.failedSteps })).toMatchObject({
      ok: false,
      steps: [
        {},
        {},
        { status: 'failed', problem: { hint: { command: 'sudo chown -R mlflow /srv/artifacts' } } },
        { blockedBy: 'files' },
        {},
      ],
    })
  })

  it('leave the inputs of actions out', () => {
    const document = buildPlanDocument(example.conflictPlan, fakeStack(3))
    expect(document).toMatchObject({ schemaVersion: 1, kind: 'plan', changes: 2, conflicts: 1, stack: { scenario: 3 } })
    expect(JSON.stringify(document)).not.toContain('"input"')
  })

  it('say every kind of error', () => {
    const all = new AggregateError(Object.values(example.errors))
    expect(buildErrorDocument(all, { debug: false, done: ['.env'] })).toMatchObject({
      ok: false,
      done: ['.env'],
      errors: [
        { kind: 'user', code: 'answers.invalid', problems: [{}, {}, {}] },
        { kind: 'user', code: 'port.taken' },
        { kind: 'external', code: 'server.ended', exitCode: 1 },
        { kind: 'cancelled', changed: false },
        { kind: 'cancelled', changed: true },
        { kind: 'bug', message: 'undefined is not a function' },
      ],
    })
    expect(JSON.stringify(buildErrorDocument(example.errors.bug, { debug: false }))).not.toContain('stack')
    expect(buildErrorDocument(example.errors.bug, { debug: true })).toMatchObject({
      errors: [{ stack: expect.stringContaining('TypeError') }],
    })
  })
})

describe('errors as text', () => {
  const style = makeStyle(makeFakeTerminal(), example.HOME)

  it('show the stack with --debug only, causes included', () => {
    const error = new Error('outside', { cause: new Error('inside') })
    expect(formatError(error, style, { debug: false }).join('\n')).not.toContain('inside')
    expect(formatError(error, style, { debug: true }).join('\n')).toMatch(/Stack\n.*outside[^]*Caused by\n.*inside/)
  })

  it('come one below the other when several happened at once', () => {
    const both = new AggregateError([example.errors.user, example.errors.external])
    const text = formatError(both, style, { debug: false, done: ['.env'] }).join('\n')
    expect(text).toMatch(/Port 5000 is taken[^]*MLflow did not start/)
    expect(text.match(/Done and kept/g)).toHaveLength(1)
  })

  it('survive whatever was thrown', () => {
    for (const thrown of [undefined, null, 'text', 7, {}, new Error('')])
      expect(formatError(thrown, style, { debug: true })[0]).toContain('bug')
  })
})
