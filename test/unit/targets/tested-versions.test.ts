import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PINNED_MLFLOW_VERSION } from '../../../src/answers/pinned-version.ts'
import { native } from '../../../src/targets/native/native.ts'
import type { Stack } from '../../../src/stack/spec.ts'
import { fakeStack } from '../../fakes/stack.ts'

function packagesOf(stack: Stack) {
  const action = native.actions(stack).find(({ kind }) => kind === 'install-packages')
  if (action?.kind !== 'install-packages') throw new Error('nothing is installed')
  return action.input
}

describe('the tested versions', () => {
  it.each([1, 2, 3, 5] as const)('name each package of scenario %i, exactly', (scenario) => {
    const { requirements, constraints = 'none' } = packagesOf(fakeStack(scenario))
    const text = readFileSync(new URL(`../../../templates/${constraints}`, import.meta.url), 'utf8')
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    for (const line of lines) expect(line).toMatch(/^[a-z0-9-]+==[\w.]+( ; .+)?$/)
    expect(lines).toContain(`mlflow==${PINNED_MLFLOW_VERSION}`)
    const names = lines.map((line) => line.split('==')[0])
    expect(names).toEqual(expect.arrayContaining(requirements.map((line) => line.split('==')[0])))
  })

  it('are not asked of another version of MLflow', () => {
    const stack = fakeStack(3)
    const older = { ...stack, spec: { ...stack.spec, mlflowVersion: '3.16.0' } }
    expect(packagesOf(older).constraints).toBeUndefined()
  })
})
