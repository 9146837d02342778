import { expect, it } from 'vitest'
import { renderScramVerifier } from '../../../src/formats/scram.ts'
import { Secret } from '../../../src/secret.ts'

const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
const verifier = (password: string) => renderScramVerifier(new Secret(password), SALT)

it('is what PostgreSQL keeps of the example of RFC 7677', () => {
  expect(verifier('pencil')).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  )
})

it.each([
  ['the two ways to write an accent', 'pässword', 'pa\u0308ssword'],
  ['other spaces', 'a b', 'a\u00a0b'],
  ['what is left out', 'ab', 'a\u00adb'],
  ['what stands for something else', 'fi 1⁄2', 'ﬁ ½'],
])('is the same for %s (RFC 4013)', (_, one, other) => {
  expect(verifier(one)).toBe(verifier(other))
})

it('takes a password that nothing changes, whatever is in it', () => {
  for (const password of ['😀', 'שלום', '\u{e000}']) expect(verifier(password)).toMatch(/^SCRAM-SHA-256\$/)
})

it.each([
  ['a sign that the RFC does not know', '😀 ½'],
  ['two directions', 'שלום ½'],
])('refuses one that programs read differently: %s', (_, password) => {
  expect(() => verifier(password)).toThrow(expect.objectContaining({ code: 'password.ambiguous' }))
})
