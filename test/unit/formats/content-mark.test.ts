import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseMarked, renderMarked } from '../../../src/formats/content-mark.ts'

it('knows its own text again, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('#' as const, '//' as const), (body, comment) => {
      expect(parseMarked(renderMarked(body, comment))).toEqual({ kind: 'pristine', body })
    }),
  )
})

it('sees every edit, also one of line ends', () => {
  const text = renderMarked('A=1\nB=2\n', '#')
  expect(parseMarked(`${text}C=3\n`)).toEqual({ kind: 'edited', body: 'A=1\nB=2\nC=3\n' })
  expect(parseMarked(text.replaceAll('\n', '\r\n')).kind).toBe('edited')
})

it('calls a text without the mark foreign', () => {
  expect(parseMarked('A=1\n')).toEqual({ kind: 'foreign', body: 'A=1\n' })
  expect(parseMarked('')).toEqual({ kind: 'foreign', body: '' })
})
