import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { renderComposeValue } from '../../../src/formats/compose-value.ts'

/** What Compose makes of a text of YAML: it puts variables in for `$NAME` and `${NAME}`, and a dollar for two. */
function readBack(written: string): unknown {
  const value: unknown = parse(written)
  if (typeof value !== 'string') return value
  if (/(?<!\$)(\$\$)*\$(?!\$)/.test(value)) throw new Error(`Compose would put something in: ${value}`)
  return value.replaceAll('$$', '$')
}

describe('a value of compose.yaml', () => {
  it.each([
    'mlflow',
    'postgres:17',
    'harbor.corp:8443/team/nginx:1.30',
    'http://artifacts:5500/api/2.0/mlflow-artifacts/artifacts',
    '-m',
    '--port=5500',
    './files',
    '/srv/mlflow',
  ])('stands as it is: %s', (text) => {
    expect(renderComposeValue(text)).toBe(text)
  })

  it.each([
    ['443:8443', "'443:8443'"],
    ['1536', "'1536'"],
    ['1e3', "'1e3'"],
    ['yes', "'yes'"],
    ['Null', "'Null'"],
    ['', "''"],
    ['a: b', "'a: b'"],
    ['x #y', "'x #y'"],
    ['a$b', "'a$$b'"],
    ["it's", `"it's"`],
    ['a\nb', '"a\\nb"'],
    ['a\u2028b', '"a\\u2028b"'],
  ])('is quoted where it must be: %j → %s', (text, written) => {
    expect(renderComposeValue(text)).toBe(written)
  })

  it.each([
    'mlflow',
    '-',
    '--',
    '-m',
    '- a',
    '.5',
    './x',
    '~',
    '<<',
    '=',
    '0x1F',
    '0o17',
    '1_000',
    '12:30:45',
    '2026-01-01',
    'true',
    'NO',
    'on',
    'y',
    'null',
    '.inf',
    '.nan',
    '*a',
    '&a',
    '!a',
    '%a',
    '@a',
    '`a',
    '|',
    '>',
    '?',
    ': ',
    'a:',
    ':a',
    '[a]',
    '{a: b}',
    'a, b',
    "'",
    '"',
    `'"`,
    '\\',
    'a\\',
    '\\n',
    '#',
    ' a ',
    '\t',
    'ü 😀',
    '$',
    '$$',
    '$a',
    '${a}',
    "$'",
    'http://[::1]:5000',
    'C:\\x',
    'a\u0085b',
    '\uFEFFa',
    'a\u007Fb',
  ])('comes back, alone and between brackets: %j', (text) => {
    expect(readBack(renderComposeValue(text))).toBe(text)
    const list: unknown = parse(`[x, ${renderComposeValue(text)}, y]`)
    expect(list).toEqual(['x', text.replaceAll('$', '$$$$'), 'y'])
  })
})
