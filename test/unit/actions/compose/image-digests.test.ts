import { expect, it } from 'vitest'
import { digestOf, pinned } from '../../../../src/actions/compose/image-digests.ts'

const ONE = `sha256:${'1'.repeat(64)}`
const TWO = `sha256:${'2'.repeat(64)}`

it('names an image by what was pulled, where that is known', () => {
  expect(pinned('postgres:17', { 'postgres:17': ONE })).toBe(`postgres:17@${ONE}`)
  expect(pinned('postgres:17', { 'postgres:16': ONE })).toBe('postgres:17')
  expect(pinned('mlflow-setup/mlflow:3.17.2', {})).toBe('mlflow-setup/mlflow:3.17.2')
})

it('leaves a digest of the user as it is', () => {
  expect(pinned(`postgres:17@${TWO}`, { [`postgres:17@${TWO}`]: ONE })).toBe(`postgres:17@${TWO}`)
})

it.each([
  ['postgres:17', [`mirror.corp/postgres@${TWO}`, `postgres@${ONE}`], ONE],
  ['mirror.corp/postgres:17', [`mirror.corp/postgres@${TWO}`, `postgres@${ONE}`], TWO],
  ['postgres:17', [`mirror.corp/postgres@${TWO}`], undefined],
  ['postgres:17', [], undefined],
])('knows %s by the digest of its own registry', (image, known, digest) => {
  expect(digestOf(image, known)).toBe(digest)
})
