import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { parseEnvFile, renderComposeEnvValue, renderEnvValue } from '../../../src/formats/env-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'env-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ODD = [
  '',
  ' ',
  'a b',
  '#',
  'a#b',
  'a #b',
  '$HOME',
  '`id`',
  '"',
  "'",
  '\\',
  `'"$\`\\`,
  'ü',
  '100%',
  '\\n',
  `it's \\n`,
  'a=b',
  '\t',
]
/** A value that a variable can have: no NUL, one line. */
const value = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n\0]/.test(text) && text === text.normalize('NFC'))

describe('values of environment files', () => {
  it.each(ODD)('come back from %j', (text) => {
    expect(parseEnvFile(`NAME=${renderEnvValue(text)}\n`)).toEqual({ NAME: text })
  })

  it('come back whatever they are', () => {
    fc.assert(
      fc.property(value, (text) => {
        expect(parseEnvFile(`A=1\nNAME=${renderEnvValue(text)} # c\nB=2`)['NAME']).toBe(text)
      }),
    )
  })

  it('come back from what is written for Compose, too', () => {
    for (const text of ODD) expect(parseEnvFile(`NAME=${renderComposeEnvValue(text)}\n`)).toEqual({ NAME: text })
    fc.assert(
      fc.property(value, (text) => {
        expect(parseEnvFile(`A=1\nNAME=${renderComposeEnvValue(text)} # c\nB=2`)['NAME']).toBe(text)
      }),
    )
  })

  it('leave the next line alone', () => {
    for (const render of [renderEnvValue, renderComposeEnvValue]) {
      const lines = ODD.map((text, at) => `V${at}=${render(`it's ${text}\\`)}\n`)
      expect(Object.values(parseEnvFile(lines.join('')))).toEqual(ODD.map((text) => `it's ${text}\\`))
    }
  })

  it.each([
    ['C:\\', '"C:\\\\"'],
    ['two\\\\', "'two\\\\'"],
    ["it's `id`", String.raw`"it's \0140id\0140"`],
    ["it's $5", `"it's \\$5"`],
    ['`id`', "'`id`'"],
  ])('are written for Compose as it reads them: %j', (text, written) => {
    expect(renderComposeEnvValue(text)).toBe(written)
  })

  it('are the same for a shell', () => {
    const file = join(folder, '.env')
    writeFileSync(file, ODD.map((text, index) => `V${index}=${renderEnvValue(text)}\n`).join(''))
    const program = `. '${file}'; printf '%s\\0' ${ODD.map((_text, index) => `"$V${index}"`).join(' ')}`
    expect(execFileSync('sh', ['-c', program], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(ODD)
  })

  it('stay bare where no reader looks twice', () => {
    expect(renderEnvValue('sqlite:///data/mlflow.db')).toBe('sqlite:///data/mlflow.db')
  })

  it.each(['a\nb', 'a\rb', 'a\0b'])('are refused with a line break: %j', (text) => {
    expect(() => renderEnvValue(text)).toThrow('line break')
  })
})

describe('environment files', () => {
  it('take the last of several lines, whatever its quotes', () => {
    expect(parseEnvFile(`A="one"\nA=two\n`)).toEqual({ A: 'two' })
  })

  it('may hold comments, export, blanks and every kind of quote', () => {
    const text = `# comment\nexport A=1\nB = "two" # yes\n\nC='it is $HOME'\nD="a \\"b\\" \\$x"\nE=last\nE=wins\n`
    expect(parseEnvFile(text)).toEqual({ A: '1', B: 'two', C: 'it is $HOME', D: 'a "b" $x', E: 'wins' })
  })
})
