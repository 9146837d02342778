import { describe, expect, it } from 'vitest'
import { parseModelUri, whyNotModelUri } from '../../../src/formats/model-uri.ts'

const RUN = '0123456789abcdef0123456789abcdef'

describe('the URI of a model', () => {
  it.each([
    ['models:/fraud/3', { kind: 'version', name: 'fraud', version: '3' }],
    ['models:/Fraud of cards, v2/12', { kind: 'version', name: 'Fraud of cards, v2', version: '12' }],
    ['models:/fraud@champion', { kind: 'alias', name: 'fraud', alias: 'champion' }],
    ['models:/m-069589b1a7d241688ae03abdd10a68cb', { kind: 'model', id: 'm-069589b1a7d241688ae03abdd10a68cb' }],
    [`runs:/${RUN}/model`, { kind: 'run', run: RUN, path: 'model' }],
    [`runs:/${RUN}/some/where`, { kind: 'run', run: RUN, path: 'some/where' }],
  ])('%s', (text, expected) => {
    expect(parseModelUri(text)).toEqual(expected)
    expect(whyNotModelUri(text)).toBeUndefined()
  })

  it.each([
    '',
    'fraud',
    'models:/fraud',
    'models:/fraud/',
    'models:/fraud/Production',
    'models:/fraud@',
    'models:/a/b/3',
    'models:/fraud/3\nmodels:/other/1',
    `runs:/${RUN}`,
    `runs:/${RUN}/`,
    `runs:/${RUN}/../other`,
    'runs:/short/model',
    's3://bucket/model',
    'file:///etc',
    '--again',
  ])('%j names none', (text) => {
    expect(parseModelUri(text)).toBeUndefined()
    expect(whyNotModelUri(text)).toContain('models:/NAME/VERSION')
  })
})
