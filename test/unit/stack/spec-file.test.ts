import { describe, expect, it } from 'vitest'
import { toJsonSchema } from '@valibot/to-json-schema'
import { UserError } from '../../../src/errors.ts'
import { parseSpec, specSchema } from '../../../src/stack/spec-file.ts'
import { changedKeys, renderSpec } from '../../../src/stack/write-spec.ts'
import { fakeStack } from '../../fakes/stack.ts'

const TEXT = renderSpec(fakeStack().spec, undefined)

function faultsOf(text: string): readonly string[] {
  try {
    parseSpec(text, 'mlflow-setup.yaml')
  } catch (error) {
    if (error instanceof UserError)
      return error.problems.length > 0
        ? error.problems.map(({ name, message }) => `${name} ${message}`)
        : [error.message]
    throw error
  }
  throw new Error('no fault was found')
}

describe('a spec', () => {
  it.each([1, 2, 3, 5] as const)('of scenario %i is written, readable, and comes back', async (scenario) => {
    const { spec } = fakeStack(scenario)
    const text = renderSpec(spec, undefined)
    await expect(text).toMatchFileSnapshot(`../../snapshots/scenario-${scenario}/mlflow-setup.yaml`)
    expect(parseSpec(text, 'f')).toEqual(spec)
  })

  it.each([
    { publicUrl: 'https://ml.example/mlflow', port: 5010 },
    { environment: { MLFLOW_X: 'it\'s # "odd" %', N: '1' } },
    { python: '/opt/Prüf stand/bin/python3', backendStore: { kind: 'sqlite', path: '/srv/a b#c%/x.db' } },
    { mlflowVersion: '3.20.0' },
  ] as const)('comes back with %j', (changes) => {
    const { spec } = fakeStack(5, changes)
    expect(parseSpec(renderSpec(spec, undefined), 'f')).toEqual(spec)
  })

  it('keeps comments, order and keys of its user when values change', () => {
    const mine = `# mine\nname: mlflow # the name\n${TEXT.split('\n')
      .filter((line) => !/^(name|#)/.test(line))
      .join('\n')}`
    const text = renderSpec(fakeStack(3, { workers: 4 }).spec, mine)
    expect(text).toContain('# mine\nname: mlflow # the name\n')
    expect(text.replace('workers: 4', 'workers: 1')).toBe(mine)
  })

  it('drops what no longer applies', () => {
    const text = renderSpec(fakeStack(2).spec, TEXT)
    expect(text).not.toMatch(/publicUrl|service|workers/)
    expect(parseSpec(text, 'f')).toEqual(fakeStack(2).spec)
  })

  it('says which keys differ from another one', () => {
    expect(changedKeys(fakeStack(3).spec, fakeStack(3).spec)).toEqual([])
    expect(changedKeys(fakeStack(3).spec, fakeStack(5, { workers: 2 }).spec)).toEqual(['scenario', 'workers'])
  })
})

describe('faults are reported with line and column', () => {
  it.each([
    ['scenario: 3', 'scenario: 9', 'mlflow-setup.yaml:6:11 scenario is 9 but must be 1, 2, 3 or 5'],
    ['workers: 1', 'workerz: 1', 'mlflow-setup.yaml:17:1 workerz is not a known key; did you mean workers?'],
    [
      'name: mlflow',
      'name: My Stack',
      'mlflow-setup.yaml:5:7 name is "My Stack" but must be lower-case letters, digits and dashes, a letter first',
    ],
    ['workers: 1', 'workers: many', 'mlflow-setup.yaml:17:10 workers is "many" but must be a number'],
    [
      '  kind: sqlite',
      '  kind: postgres',
      'mlflow-setup.yaml:11:9 backendStore.kind is "postgres" but must have kind sqlite or file, and a path',
    ],
    ['  path: data/mlflow.db', '  pfad: data/mlflow.db', 'mlflow-setup.yaml:11:3 backendStore.path is missing'],
    [
      'publicUrl: http://127.0.0.1:5000',
      'publicUrl: 127.0.0.1:5000',
      'mlflow-setup.yaml:9:12 publicUrl is "127.0.0.1:5000" but must be an address such as http://127.0.0.1:5000',
    ],
    ['publicUrl: http://127.0.0.1:5000\n', '', 'mlflow-setup.yaml:4:1 publicUrl is missing: scenario 3 has a server'],
    [
      'publicUrl: http://127.0.0.1:5000',
      'publicUrl: https://ml.example',
      'port is missing: the port on 127.0.0.1 that your proxy passes on to',
    ],
    ['scenario: 3', 'scenario: 2', 'mlflow-setup.yaml:9:12 publicUrl does not apply: scenario 2 has no server'],
    [
      'workers: 1',
      'workers: 1\nport: 5000',
      'mlflow-setup.yaml:18:7 port does not apply: the port is part of publicUrl',
    ],
    ['workers: 1', 'environment: {"A-B": 1}', 'is not the name of a variable'],
    ['scenario: 3', 'scenario: [', 'mlflow-setup.yaml:7:1 is not valid YAML.'],
  ])('%j → %j', (line, broken, fault) => {
    const faults = faultsOf(TEXT.replace(line, broken))
    expect(faults.join('\n')).toContain(fault)
  })

  it('all of them at once', () => {
    expect(faultsOf(TEXT.replace('scenario: 3', 'scenario: 9').replace('workers: 1', 'workers: 0'))).toHaveLength(2)
  })

  it.each(['', '42', '- a', 'null'])('also where there is no mapping: %j', (text) => {
    expect(faultsOf(text)).not.toEqual([])
  })
})

// Written by this test with `vitest -u`; it is put beside each spec for editors.
it('gives editors a schema', async () => {
  const schema = toJsonSchema(specSchema, { typeMode: 'input', errorMode: 'ignore' })
  await expect(`${JSON.stringify({ title: 'mlflow-setup.yaml', ...schema }, null, 2)}\n`).toMatchFileSnapshot(
    '../../../templates/schemas/mlflow-setup.schema.json',
  )
})
