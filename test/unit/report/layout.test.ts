import { describe, expect, it } from 'vitest'
import { alignColumns, breakAnywhere, hang, truncate, visibleWidth, wrap } from '../../../src/report/layout.ts'
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatElapsed,
  formatMemory,
} from '../../../src/report/quantities.ts'
import { buildPictureFacts } from '../../../src/report/picture-facts.ts'
import { makeStyle } from '../../../src/report/style.ts'
import { fakeStack } from '../../fakes/stack.ts'
import { makeFakeTerminal } from '../../fakes/terminal.ts'

describe('measures', () => {
  it.each([
    ['abc', 3],
    ['\u001b[1mabc\u001b[22m', 3],
    ['日本語', 6],
    ['e\u0301', 1],
    ['한국', 4],
    ['┌──▶│', 5],
    ['✔ ✖ ▲ ○ ◇ ◆ ■', 13],
    ['👩‍💻', 2],
    ['', 0],
  ])('%j takes %d columns', (text, width) => {
    expect(visibleWidth(text)).toBe(width)
  })

  it('cuts by columns, and closes the colours that it cut off', () => {
    expect(truncate('日本語', 5, '…')).toBe('日本…')
    expect(truncate('abcdef', 4, '...')).toBe('a...')
    expect(truncate('abc', 3, '…')).toBe('abc')
    expect(truncate('\u001b[31mabcdef\u001b[39m', 3, '…')).toBe('\u001b[31mab…\u001b[0m')
    expect(truncate('abc', 0, '…')).toBe('')
  })

  it('breaks at spaces and keeps long words whole, or anywhere', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('a https://mlflow.example.com/x b', 5)).toEqual(['a', 'https://mlflow.example.com/x', 'b'])
    expect(breakAnywhere('日本語abc', 4)).toEqual(['日本', '語ab', 'c'])
    expect(breakAnywhere('', 4)).toEqual([''])
  })

  it('aligns columns; the last cell of a row may be as long as it likes', () => {
    expect(
      alignColumns([
        ['a', 'b', 'c'],
        ['aaa', '', 'c'],
        ['a', 'a very long last cell', ''],
      ]),
    ).toEqual(['a    b  c', 'aaa     c', 'a    a very long last cell'])
    expect(alignColumns([['a', '', 'c']])).toEqual(['a  c'])
    expect(alignColumns([])).toEqual([])
  })

  it('hangs later lines below the first', () => {
    expect(hang('Why  ', 'one two three', 18)).toEqual(['Why  one two three'])
    expect(hang('| Why  ', 'one two three', 19, { rest: '|' })).toEqual(['| Why  one two', '|      three'])
  })
})

describe('quantities', () => {
  it.each([
    [formatDuration, 0.2, '<1 ms'],
    [formatDuration, 12.3, '12 ms'],
    [formatDuration, 999.7, '1.0 s'],
    [formatDuration, 59_960, '1 min'],
    [formatDuration, 125_000, '2 min 5 s'],
    [formatDuration, 3_600_000, '1 h'],
    [formatElapsed, 900, ''],
    [formatElapsed, 80_000, '1 min 20 s'],
    [formatAge, 119_000, '119 s'],
    [formatAge, -5, '0 s'],
    [formatAge, 200_000_000, '2 d'],
    [formatBytes, 0, '0 bytes'],
    [formatBytes, 999, '999 bytes'],
    [formatBytes, 999_600, '1 MB'],
    [formatBytes, 12_400_000_000, '12 GB'],
    [formatMemory, 16 * 2 ** 30, '16 GB'],
    [formatMemory, 1.5 * 2 ** 30, '1.5 GB'],
  ] as const)('%o of %d is %s', (format, value, words) => {
    expect(format(value)).toBe(words)
  })

  it('counts', () => {
    expect(formatCount(1, 'change')).toBe('1 change')
    expect(formatCount(1802, 'object')).toBe('1,802 objects')
  })
})

describe('style', () => {
  it('shortens the home directory where it is one', () => {
    const style = makeStyle(makeFakeTerminal(), '/home/ann')
    expect(style.home('/home/ann/mlflow and /home/ann')).toBe('~/mlflow and ~')
    expect(style.home('/home/anna /srv/home/ann sqlite:////home/ann/x')).toBe(
      '/home/anna /srv/home/ann sqlite:////home/ann/x',
    )
    expect(makeStyle(makeFakeTerminal(), '/').home('/etc')).toBe('/etc')
    expect(makeStyle(makeFakeTerminal(), '/home/a.b').home('/home/axb/c')).toBe('/home/axb/c')
  })

  it('goes on with the outer colour behind an inner one', () => {
    const style = makeStyle(makeFakeTerminal({ colour: true }))
    expect(style.red(`a${style.green('b')}c`)).toBe('\u001b[31ma\u001b[32mb\u001b[39m\u001b[31mc\u001b[39m')
    expect(style.red('')).toBe('')
  })
})

describe('facts of the picture', () => {
  it.each([
    [1, undefined, { scheme: undefined, localOnly: true, backendStore: 'plain files' }],
    [2, undefined, { scheme: undefined, localOnly: true, backendStore: 'SQLite', artifactStore: 'local folder' }],
    [3, 'http://localhost:5000', { scheme: 'http', localOnly: true }],
    [3, 'http://[::1]:5000', { localOnly: true }],
    [5, 'https://mlflow.example.com', { scheme: 'https', localOnly: false }],
  ] as const)('of scenario %d at %s', (scenario, publicUrl, facts) => {
    expect(buildPictureFacts(fakeStack(scenario, { publicUrl }).spec)).toMatchObject({ scenario, ...facts })
  })
})

it('measures text of narrow characters alone as it does beside others', () => {
  const isLatin = (code: number) => code >= 0x20 && code < 0x300 && code !== 0x7f
  const codes = Array.from({ length: 0x2719 }, (_none, code) => code).filter((code) => isLatin(code) || code >= 0x2010)
  const narrow = codes.map((code) => String.fromCodePoint(code)).filter((character) => visibleWidth(character) === 1)
  // A combining mark sends the text along the slow way.
  expect(narrow.filter((character) => visibleWidth(`${character} e\u0301`) !== 3)).toEqual([])
})
