import { expect, it } from 'vitest'
import { formatBytes, formatOneLine, formatServerWords } from '../../../src/test-client/format-detail.ts'

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1500, '1.5 KB'],
  [12_000_000, '12 MB'],
  [2_340_000_000, '2.3 GB'],
])('%i is %s', (bytes, words) => expect(formatBytes(bytes)).toBe(words))

it('makes one short line', () => expect(formatOneLine(' a\n  b\tc ', 4)).toBe('a b…'))

it.each([
  ['{"error_code":"X","message":"No \\"run\\"\\nhere"}', 'No "run" here'],
  ['{"detail":"Off."}', 'Off.'],
  ['<html><head><title>502 Bad Gateway</title></head></html>', '502 Bad Gateway'],
  ['plain words', 'plain words'],
])('finds the words in %s', (body, words) => expect(formatServerWords(body)).toBe(words))
