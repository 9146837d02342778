import { expect, test } from 'vitest'
import type { PythonFacts } from '../../../src/answers/machine/judge-python.ts'
import { judgePythons } from '../../../src/answers/machine/judge-python.ts'

const good: PythonFacts = {
  path: '/usr/bin/python3',
  base: '/usr/bin/python3',
  version: '3.11.2',
  release: 'final',
  implementation: 'cpython',
  is64Bit: true,
  freeThreaded: false,
  ensurepip: true,
  pip: true,
  venv: true,
}

test.each<[Partial<PythonFacts>, string]>([
  [{ version: '3.8.18' }, 'Python 3.8.18 is older than 3.10'],
  [{ version: '2.7.18' }, 'Python 2.7.18 is older than 3.10'],
  [{ version: '3.15.0' }, "Python 3.15.0 is newer than 3.14, the newest that MLflow's packages are built for"],
  [{ version: '3.14.0', release: 'candidate' }, 'Python 3.14.0 is a preview (candidate)'],
  [
    { version: '3.14.0', freeThreaded: true },
    "Python 3.14.0 is a free-threaded build, which MLflow's packages are not built for",
  ],
  [{ is64Bit: false }, "Python 3.11.2 is a 32-bit build, which MLflow's packages are not built for"],
  [{ implementation: 'pypy' }, 'pypy 3.11.2 is not CPython, the only one that MLflow is made for'],
  [{ ensurepip: false, pip: false }, 'Python 3.11.2 has neither pip nor ensurepip'],
])('%o is rejected with the reason', (facts, why) => {
  expect(judgePythons([{ ...good, ...facts }], false)).toEqual({ pythons: [], rejected: [{ path: good.path, why }] })
})

test('with uv, a Python needs no pip', () => {
  expect(judgePythons([{ ...good, ensurepip: false, pip: false }], true).pythons).toHaveLength(1)
})

test('the first found comes first, 3.10 last', () => {
  const versions = ['3.10.12', '3.11.2', '3.14.1', '3.12.1']
  const found = versions.map((version) => ({ ...good, version, path: `/opt/${version}` }))
  const order = judgePythons(found, false).pythons.map(({ version }) => version)
  expect(order).toEqual(['3.11.2', '3.14.1', '3.12.1', '3.10.12'])
})
