import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { md5Crypt } from '../../../src/formats/md5-crypt.ts'
import {
  explainWrongName,
  explainWrongPassword,
  hashKindOf,
  hashPassword,
  makePassword,
  verifyPassword,
} from '../../../src/formats/password-hash.ts'
import { makeRandom } from '../../../src/ports/random.ts'
import { Secret } from '../../../src/secret.ts'

const random = makeRandom()
const PASSWORDS = ['a', 'correct horse battery staple', 'pässwörd', ' blanks ', `'"$\`\\:#%`, 'x'.repeat(72)]

/** What OpenSSL makes of the same passwords, one a line. */
function openssl(kind: '-apr1' | '-1', salt: string, passwords: readonly string[]): string[] {
  const args = ['passwd', kind, '-salt', salt, '-stdin', '-noverify']
  return execFileSync('openssl', args, { input: `${passwords.join('\n')}\n`, encoding: 'utf8' })
    .trimEnd()
    .split('\n')
}

describe('MD5 crypt', () => {
  it('is what OpenSSL makes', () => {
    const passwords = fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), 12)
    const plain = [...PASSWORDS, ...passwords].filter((one) => !/[\r\n\0]/.test(one))
    expect(plain.map((one) => md5Crypt(one, 'Ab./9xyz', '$apr1$'))).toEqual(openssl('-apr1', 'Ab./9xyz', plain))
    expect(plain.map((one) => md5Crypt(one, 'q', '$1$'))).toEqual(openssl('-1', 'q', plain))
  })
})

describe('a password', () => {
  it.each(PASSWORDS)('that somebody chose gets bcrypt: %j', async (plain) => {
    const hash = await hashPassword(new Secret(plain), random)
    expect(hash).toMatch(/^\$2y\$10\$/)
    expect(hashKindOf(hash)).toBe('bcrypt')
    expect(await verifyPassword(new Secret(plain), hash)).toBe(true)
    expect(await verifyPassword(new Secret(`${plain.slice(0, 20)}x`), hash)).toBe(false)
  })

  it('that we made gets a hash that is checked at full speed, salted', async () => {
    const made = Array.from({ length: 200 }, () => makePassword(random))
    const hashes = await Promise.all(made.map((one) => hashPassword(one, random)))
    expect(new Set(hashes.map(hashKindOf))).toEqual(new Set(['salted SHA-1']))
    expect(await verifyPassword(made[0] ?? new Secret(''), hashes[0] ?? '')).toBe(true)
    expect(await verifyPassword(made[1] ?? new Secret(''), hashes[0] ?? '')).toBe(false)
    const same = new Secret('aB3-'.repeat(8))
    expect(await hashPassword(same, random)).not.toBe(await hashPassword(same, random))
  })

  it.each([
    'correct-horse-battery-staple',
    'Password-123456-Password',
    '1234567890123456789012',
    'AAAAAAAAAA-bbbbbbb-11',
  ])('is not taken for random: %s', async (plain) => {
    expect(hashKindOf(await hashPassword(new Secret(plain), random))).toBe('bcrypt')
  })

  it.each([
    ['', 'It is empty.'],
    ['a\nb', 'It has a control character or a line break in it.'],
    ['a\tb', 'It has a control character or a line break in it.'],
    ['a'.repeat(73), 'It has 73 bytes, and bcrypt looks at the first 72 only.'],
    ['ä'.repeat(37), 'It has 74 bytes, and bcrypt looks at the first 72 only.'],
    ['ä'.repeat(36), undefined],
    ['aB3-'.repeat(30), undefined],
  ])('%j is explained', (plain, wrong) => {
    expect(explainWrongPassword(new Secret(plain))).toBe(wrong)
  })
})

describe('hashes of other programs', () => {
  it.each([
    // From the documentation of Apache's htpasswd, and from RFC 2307 libraries.
    ['$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/', 'apr1', true],
    ['{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=', 'SHA-1', true],
    ['$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC', 'bcrypt', true],
    ['{PLAIN}myPassword', 'plain text', true],
    ['$6$salt$whatever', 'SHA-512 crypt', undefined],
    ['$5$salt$whatever', 'SHA-256 crypt', undefined],
    ['rqXexS6ZhobKA', 'DES crypt', undefined],
    ['$y$j9T$whatever', 'yescrypt', undefined],
    ['*', 'unknown', undefined],
  ])('%s is %s', async (hash, kind, verdict) => {
    expect(hashKindOf(hash)).toBe(kind)
    expect(await verifyPassword(new Secret('myPassword'), hash)).toBe(verdict)
    expect(await verifyPassword(new Secret('other'), hash)).toBe(verdict === true ? false : verdict)
  })
})

it.each([
  ['ada', undefined],
  ['ada.lovelace+ml@example.com', undefined],
  ['Zoë O’Neill', undefined],
  ['', 'it is empty'],
  ['a:b', 'it has a colon in it, which ends the name when it is sent'],
  ['a\nb', 'it has a control character in it'],
  [' ada', 'it begins or ends with a blank'],
  ['#ada', 'it begins with #, which begins a comment'],
  ['ä'.repeat(128), 'it is longer than 255 bytes'],
])('the name %j is explained', (name, wrong) => {
  expect(explainWrongName(name)).toBe(wrong)
})
