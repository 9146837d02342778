import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { renderIniValue } from '../../../src/formats/python-ini.ts'

const ODD = ['100%', '%(home)s', '%%', 'a=b', 'a: b', 'a ; b', 'a # b', '"quoted"', 'sqlite:////srv/ü/a.db', '[x]']

describe('values of INI files', () => {
  it('are read back by Python as they were', () => {
    const file = `[a]\n${ODD.map((value, at) => `v${at} = ${renderIniValue(value)}\n`).join('')}`
    const program = `import configparser, json, sys
config = configparser.ConfigParser(); config.read_string(sys.stdin.read())
print(json.dumps(list(dict(config['a']).values())))`
    const read: unknown = JSON.parse(execFileSync('python3', ['-c', program], { input: file, encoding: 'utf8' }))
    expect(read).toEqual(ODD)
  })

  it.each(['a\nb', ' a', 'a\t', 'a\0'])('are refused where Python would read something else: %j', (value) => {
    expect(() => renderIniValue(value)).toThrow('INI file')
  })
})
