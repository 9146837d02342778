import { describe, expect, it } from 'vitest'
import { buildPlan, changesOf, replaceConflicts } from '../../../src/plan/build-plan.ts'
import type { Effect } from '../../../src/plan/plan.ts'
import type { Action } from '../../../src/targets/action.ts'

function folder(id: string, needs: readonly string[] = [], refreshOn: readonly string[] = []): Action {
  return {
    id,
    kind: 'make-directories',
    title: id,
    detail: '',
    needs,
    refreshOn,
    input: { paths: [`/${id}`], mode: 0o700 },
  }
}

const found = (effects: Record<string, Effect>) => (action: Action) =>
  Promise.resolve({ effect: effects[action.id] ?? ('unchanged' as const), why: 'test' })

describe('a plan', () => {
  it('puts what is needed first', async () => {
    const { actions } = await buildPlan('/s', [folder('c', ['a', 'b']), folder('b', ['a']), folder('a')], found({}))
    expect(actions.map(({ action }) => action.id)).toEqual(['a', 'b', 'c'])
  })

  it('is empty when nothing differs', async () => {
    expect(changesOf(await buildPlan('/s', [folder('a'), folder('b')], found({})))).toEqual([])
  })

  it('refreshes what reads a changed thing, and what reads that', async () => {
    const actions = [folder('a'), folder('b', ['a'], ['a']), folder('c', ['b'], ['b']), folder('d')]
    const plan = await buildPlan('/s', actions, found({ a: 'update' }))
    expect(plan.actions.map(({ effect, why }) => `${effect}: ${why}`)).toEqual([
      'update: test',
      'update: a changes',
      'update: b changes',
      'unchanged: test',
    ])
  })

  it('refuses a circle and an unknown need', async () => {
    await expect(buildPlan('/s', [folder('a', ['b']), folder('b', ['a'])], found({}))).rejects.toThrow(
      'circle: a → b → a',
    )
    await expect(buildPlan('/s', [folder('a', ['x'])], found({}))).rejects.toThrow('a needs x')
  })

  it('replaces only the conflicts that were named, and only files', async () => {
    const file = (path: string): Action => ({
      id: path,
      kind: 'write-file',
      title: path,
      detail: '',
      needs: [],
      refreshOn: [],
      input: { path, template: 't', values: {}, mode: 0o600, comment: '#' },
    })
    const plan = await buildPlan(
      '/s',
      [file('/s/a'), file('/s/b'), folder('d')],
      found({ '/s/a': 'conflict', '/s/b': 'conflict', d: 'conflict' }),
    )
    expect(replaceConflicts(plan, ['/s/a', '/d']).actions.map(({ effect }) => effect)).toEqual([
      'update',
      'conflict',
      'conflict',
    ])
  })
})
