import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { renderShellCommand } from '../../../src/formats/shell-words.ts'

const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))

it('writes words that a shell reads back', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
      const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${renderShellCommand(words)}`], { encoding: 'utf8' })
      expect(printed.split('\0').slice(0, -1)).toEqual(words)
    }),
    { numRuns: 30 },
  )
})

it('quotes only what needs it', () => {
  expect(renderShellCommand(['npx', 'mlflow-setup', '--dir', '/srv/my models', "it's"])).toBe(
    String.raw`npx mlflow-setup --dir '/srv/my models' 'it'\''s'`,
  )
})
