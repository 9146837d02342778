import { describe, expect, it } from 'vitest'
import { readyText, VERSION } from '../../../src/commands/ready-text.ts'

describe('a text that is ready', () => {
  it.each(['--version', '-V'])('is the version for %s', (flag) => {
    expect(readyText([flag], 80)).toBe(`${VERSION}\n`)
  })

  it.each([[[]], [['--version', '--json']], [['plan', '--help']], [['--help', 'plan']]])(
    'is none for %o: the command line is parsed',
    (args) => {
      expect(readyText(args, 80)).toBeUndefined()
    },
  )

  it('is none for a narrow terminal, which has its own line breaks', () => {
    expect(readyText(['--help'], 40)).toBeUndefined()
  })
})
