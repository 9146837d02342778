import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { renderPreamble, renderVariable, VARIABLE_FORMATS } from '../../src/formats/variable-lines.ts'
import { Secret } from '../../src/secret.ts'
import { need } from '../testbed/need.ts'

const folder = mkdtempSync(join(tmpdir(), 'variable-lines-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Every printable character, each of them first, last and alone, and what shells make something of. */
const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_none, index) => index + 32))
const VALUES = [
  PRINTABLE,
  ...Array.from(PRINTABLE),
  ...Array.from(PRINTABLE, (letter) => `a${letter}`),
  ...Array.from(PRINTABLE, (letter) => `${letter}a`),
  `'"'"'`,
  `$(id) \`id\` \${HOME} !! %PATH% \\n \\\\`,
  'ü ‘’‚‛“” 😀',
  '\t',
]
const name = (index: number) => `V${index}`
const names = VALUES.map((_value, index) => name(index))

/** Prints each variable, NUL after each. */
const PYTHON = `import os; [print(os.environ['V%d' % i], end='\\0') for i in range(${VALUES.length})]`
const printed = (output: string) => output.split('\0').slice(0, -1)
const script = (format: (typeof VARIABLE_FORMATS)[number], more: string) => {
  const file = join(folder, `script.${format}`)
  const lines = [
    ...renderPreamble(format),
    ...VALUES.map((value, index) => renderVariable(format, name(index), new Secret(value))),
  ]
  writeFileSync(file, `${lines.join('\n')}\n${more}\n`)
  return file
}
const inPython = `python3 -c "${PYTHON}"`
const env = { PATH: process.env['PATH'] ?? '', HOME: folder, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }
const hasProgram = (program: string) => (spawnSync(program, ['--version']).error === undefined ? program : undefined)

describe('variables with every printable character', () => {
  it.each(['sh', 'bash'])('arrive through %s', (shell) => {
    expect(printed(execFileSync(shell, [script('sh', inPython)], { env, encoding: 'utf8' }))).toEqual(VALUES)
  })

  it('arrive through eval', () => {
    const program = `eval "$(cat '${script('sh', '')}')"; ${inPython}`
    expect(printed(execFileSync('bash', ['-c', program], { env, encoding: 'utf8' }))).toEqual(VALUES)
  })

  it('arrive through fish', (context) => {
    const fish = need(context, hasProgram('fish'), 'fish')
    expect(printed(execFileSync(fish, ['--no-config', script('fish', inPython)], { env, encoding: 'utf8' }))).toEqual(
      VALUES,
    )
  })

  it('arrive in Python', () => {
    expect(printed(execFileSync('python3', [script('python', PYTHON)], { env, encoding: 'utf8' }))).toEqual(VALUES)
  })

  it('arrive through a file that a shell reads as well as dotenv does', () => {
    const program = `set -a; . '${script('dotenv', '')}'; ${inPython}`
    expect(printed(execFileSync('sh', ['-c', program], { env, encoding: 'utf8' }))).toEqual(VALUES)
  })

  it('are one word each of what conda is told, and stay themselves in what it writes for its activation', () => {
    const kept = VALUES.filter((value) => !value.includes("'") && value === value.trim())
    const words = kept.map((value, index) =>
      renderVariable('conda', name(index), value).replace('conda env config vars set ', ''),
    )
    const output = execFileSync('sh', ['-c', `printf '%s\\0' ${words.join(' ')}`], { env, encoding: 'utf8' })
    // What conda makes of each word: `NAME=value`, later `export NAME='value'`.
    const activation = printed(output).map((word) => word.replace(/^(\w+)=(.*)$/su, "export $1='$2'"))
    const program = `${activation.join('\n')}\nprintf '%s\\0' ${kept.map((_value, index) => `"$${name(index)}"`).join(' ')}`
    expect(printed(execFileSync('sh', ['-c', program], { env, encoding: 'utf8' }))).toEqual(kept)
  })

  it('are refused where conda would break on them', () => {
    for (const value of ["it's", ' a', 'a '])
      expect(() => renderVariable('conda', 'A', value)).toThrow('conda cannot keep')
  })

  it('are single-quoted for PowerShell, each kind of single quote doubled', () => {
    expect(renderVariable('powershell', 'A', `it's ‘"$x" \`n\``)).toBe(`$env:A = 'it''s ‘‘"$x" \`n\`'`)
    expect(names).toHaveLength(VALUES.length)
  })

  it.each(VARIABLE_FORMATS)('never break a line of %s', (format) => {
    expect(() => renderVariable(format, 'A', 'a\nb')).toThrow('line break')
  })
})
