import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHtpasswd, removeHtpasswdEntry, setHtpasswdEntry } from '../../../src/formats/htpasswd.ts'

const FILE = '/srv/htpasswd'
const parse = (text: string) => parseHtpasswd(text, FILE)
const set = (text: string, user: string, hash: string) => setHtpasswdEntry(text, FILE, user, hash)
const remove = (text: string, user: string) => removeHtpasswdEntry(text, FILE, user)

const FOREIGN = [
  '# the team\r\n',
  '\r\n',
  'bob:$apr1$abc$def:Bob from accounting\r\n',
  'eve:{WHAT}ever\r\n',
  'bob:second\r\n',
  'zoë:x',
].join('')

const word = fc.stringMatching(/^[^:\r\n\0#][^:\r\n\0]{0,12}$/)
const line = fc.oneof(
  fc.constant(''),
  word.map((text) => `# ${text}`),
  fc
    .tuple(word, word, fc.option(fc.stringMatching(/^[^\r\n\0]{0,8}$/), { nil: undefined }))
    .map(([user, hash, note]) => [user, hash, ...(note === undefined ? [] : [note])].join(':')),
)
const file = fc
  .tuple(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, open]) => lines.join(end) + (open || lines.length === 0 ? '' : end))

describe('an htpasswd file', () => {
  it('is read as nginx reads it: comments and blank lines skipped, the first line of a name counts', () => {
    expect(parse(FOREIGN)).toEqual([
      { user: 'bob', hash: '$apr1$abc$def', ours: false },
      { user: 'eve', hash: '{WHAT}ever', ours: false },
      { user: 'zoë', hash: 'x', ours: false },
    ])
  })

  it('keeps the bytes of all others, the note of the user, and its line ends', () => {
    expect(set(FOREIGN, 'bob', 'HASH')).toMatch(
      /^# the team\r\n\r\nbob:HASH:Bob from accounting mlflow-setup [0-9a-f]{8}\r\neve:\{WHAT\}ever\r\nbob:second\r\nzoë:x$/,
    )
    expect(set(FOREIGN, 'ada', 'HASH').slice(FOREIGN.length)).toMatch(/^\r\nada:HASH:mlflow-setup [0-9a-f]{8}\r\n$/)
    expect(remove(FOREIGN, 'bob')).toBe('# the team\r\n\r\neve:{WHAT}ever\r\nzoë:x')
    expect(remove(FOREIGN, 'nobody')).toBe(FOREIGN)
  })

  it('tells whether somebody changed a hash since', () => {
    const ours = set('', 'ada', 'HASH')
    expect(parse(ours)).toEqual([{ user: 'ada', hash: 'HASH', ours: true }])
    expect(parse(ours.replace('HASH', 'OTHER'))).toEqual([{ user: 'ada', hash: 'OTHER', ours: false }])
    expect(parse('ada:HASH\n')[0]?.ours).toBe(false)
    expect(set(ours, 'ada', 'NEW').match(/mlflow-setup/g)).toHaveLength(1)
  })

  it.each([
    ['<html>\n', 1],
    ['ada:x\nbob\n', 2],
    ['ada:x\n\n:x\n', 3],
    ['ada:\n', 1],
    ['a\0:x\n', 1],
    ['{"ada"\n', 1],
  ])('%j is none, because of line %i', (text, at) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'htpasswd.broken',
        because: `Line ${at} is no user with a hash behind a colon.`,
      }),
    )
  })

  it('has the user with the hash after it was set, and everybody else as before', () => {
    fc.assert(
      fc.property(file, word, word, (text, user, hash) => {
        const others = parse(text).filter((entry) => entry.user !== user)
        const after = set(text, user, hash)
        expect(parse(after).find((entry) => entry.user === user)).toEqual({ user, hash, ours: true })
        expect(parse(after).filter((entry) => entry.user !== user)).toEqual(others)
        expect(set(after, user, hash)).toBe(after)
        expect(parse(remove(after, user))).toEqual(others)
      }),
    )
  })

  it('loses no byte of a line that is not its own', () => {
    fc.assert(
      fc.property(file, word, word, (text, user, hash) => {
        const rest = (lines: string) => lines.split(/\r?\n/).filter((one) => one !== '' && !one.startsWith(`${user}:`))
        expect(rest(set(text, user, hash))).toEqual(rest(text))
        expect(rest(remove(text, user))).toEqual(rest(text))
      }),
    )
  })
})
