import { describe, expect, it } from 'vitest'
import { buildServedModelDocument, formatServedModel, type ServedModelFacts } from '../../../src/report/model-view.ts'
import { makeStyle } from '../../../src/report/style.ts'
import { makeFakeTerminal } from '../../fakes/terminal.ts'

const FACTS: ServedModelFacts = {
  stack: 'ml',
  uri: 'models:/fraud/3',
  url: 'https://ml.example/model/invocations',
  caFile: '/srv/mlflow/tls/ca.pem',
  user: 'ada',
  example: '{\n "inputs": [[1, 2]]\n}',
  answer: '{"predictions": [3]}',
  warnings: ['WARNING: the model was made with Python 3.9, which cannot be had here; it is served with 3.13.'],
}
const STYLE = makeStyle(makeFakeTerminal({}), '/home/ada')
const linesOf = (facts: Partial<ServedModelFacts>) => formatServedModel({ ...FACTS, ...facts }, STYLE).join('\n')

describe('a served model', () => {
  it('is told with its answer, what to know of it, and how to ask it', () => {
    expect(linesOf({})).toMatchInlineSnapshot(`
      "models:/fraud/3 is served at https://ml.example/model/invocations and predicts: {"predictions": [3]}
      WARNING: the model was made with Python 3.9, which cannot be had here; it is
      served with 3.13.

        curl --cacert /srv/mlflow/tls/ca.pem --user ada --json '{"inputs":[[1,2]]}' https://ml.example/model/invocations"
    `)
  })

  it('is told with neither where it came without an example', () => {
    const text = linesOf({ example: undefined, answer: undefined, warnings: [] })
    expect(text).toContain('nobody has asked it for a prediction yet')
    expect(text).not.toContain('curl')
  })

  it('shows no example that fills the screen', () => {
    expect(linesOf({ example: JSON.stringify({ inputs: Array(200).fill(1) }) })).not.toContain('curl')
  })

  it('is one JSON document', () => {
    expect(buildServedModelDocument(FACTS)).toEqual({
      schemaVersion: 1,
      kind: 'model',
      name: 'ml',
      uri: 'models:/fraud/3',
      url: 'https://ml.example/model/invocations',
      predicts: true,
      answer: { predictions: [3] },
      warnings: FACTS.warnings,
    })
  })
})
