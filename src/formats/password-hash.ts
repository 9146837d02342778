// In: a password. Out: its hash for an htpasswd file; whether a hash is that of a password; and what is wrong with a name or a password.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '../ports/random.ts'
import type { Secret } from '../secret.ts'
import { md5Crypt } from './md5-crypt.ts'

export type HashKind =
  | 'bcrypt'
  | 'salted SHA-1'
  | 'SHA-1'
  | 'apr1'
  | 'MD5 crypt'
  | 'SHA-256 crypt'
  | 'SHA-512 crypt'
  | 'yescrypt'
  | 'DES crypt'
  | 'plain text'
  | 'unknown'

/** 46 ms a check, which is what keeps guessing slow. */
const BCRYPT_COST = 10
/** crypt(3) reads no further, without a word. */
const BCRYPT_BYTES = 72
const GENERATED_LENGTH = 24

const KINDS: readonly (readonly [RegExp, HashKind])[] = [
  [/^\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}$/, 'bcrypt'],
  [/^\{SSHA\}/, 'salted SHA-1'],
  [/^\{SHA\}/, 'SHA-1'],
  [/^\$apr1\$/, 'apr1'],
  [/^\$1\$/, 'MD5 crypt'],
  [/^\$5\$/, 'SHA-256 crypt'],
  [/^\$6\$/, 'SHA-512 crypt'],
  [/^\$y\$/, 'yescrypt'],
  [/^\{PLAIN\}/, 'plain text'],
  [/^[./A-Za-z0-9]{13}$/, 'DES crypt'],
]

export function hashKindOf(hash: string): HashKind {
  return KINDS.find(([pattern]) => pattern.test(hash))?.[1] ?? 'unknown'
}

/** 144 random bits: nobody guesses that, so its hash may be a fast one. One that looks like words is thrown away. */
export function makePassword(random: Random): Secret {
  const made = random.secret(GENERATED_LENGTH)
  return looksRandom(made.reveal()) ? made : makePassword(random)
}

/**
 * bcrypt, except for a password that is random beyond doubt: that is safe with a hash that is checked at full speed.
 * Throws when `explainWrongPassword` would say something.
 */
export async function hashPassword(password: Secret, random: Random): Promise<string> {
  const wrong = explainWrongPassword(password)
  if (wrong !== undefined) throw new Error(wrong)
  if (looksRandom(password.reveal())) return saltedSha(password.reveal(), Buffer.from(random.hex(16), 'hex'))
  const bcrypt = await import('bcryptjs')
  // The same algorithm under the name that every crypt(3) knows.
  return (await bcrypt.hash(password.reveal(), BCRYPT_COST)).replace(/^\$2b\$/, '$2y$')
}

/** Undefined for a kind of hash that we cannot check. */
export async function verifyPassword(password: Secret, hash: string): Promise<boolean | undefined> {
  const plain = password.reveal()
  switch (hashKindOf(hash)) {
    case 'bcrypt':
      return (await import('bcryptjs')).compare(plain, hash.replace(/^\$2[xy]\$/, '$2b$'))
    case 'salted SHA-1':
      return same(hash, saltedSha(plain, Buffer.from(hash.slice('{SSHA}'.length), 'base64').subarray(20)))
    case 'SHA-1':
      return same(hash, `{SHA}${createHash('sha1').update(plain).digest('base64')}`)
    case 'apr1':
      return same(hash, md5Crypt(plain, hash.split('$')[2] ?? '', '$apr1$'))
    case 'MD5 crypt':
      return same(hash, md5Crypt(plain, hash.split('$')[2] ?? '', '$1$'))
    case 'plain text':
      return same(hash, `{PLAIN}${plain}`)
    default:
      return undefined
  }
}

/** What keeps it from being a user's name, or undefined. */
export function explainWrongName(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (name.includes(':')) return 'it has a colon in it, which ends the name when it is sent'
  // oxlint-disable-next-line no-control-regex -- that is what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'it has a control character in it'
  if (name !== name.trim()) return 'it begins or ends with a blank'
  if (name.startsWith('#')) return 'it begins with #, which begins a comment'
  if (Buffer.byteLength(name) > 255) return 'it is longer than 255 bytes'
  return undefined
}

/** What keeps it from being a password, or undefined. */
export function explainWrongPassword(password: Secret): string | undefined {
  const plain = password.reveal()
  if (plain === '') return 'It is empty.'
  // oxlint-disable-next-line no-control-regex -- as above
  if (/[\u0000-\u001f\u007f]/.test(plain)) return 'It has a control character or a line break in it.'
  const bytes = Buffer.byteLength(plain)
  if (bytes <= BCRYPT_BYTES || looksRandom(plain)) return undefined
  return `It has ${bytes} bytes, and bcrypt looks at the first ${BCRYPT_BYTES} only.`
}

/**
 * At least 128 bits, as we make them. Doubt speaks for bcrypt: a long run of small letters may be a word, and without
 * capitals and digits it may be a sentence.
 */
function looksRandom(plain: string): boolean {
  return (
    /^[\w-]{22,}$/.test(plain) && /[A-Z]/.test(plain) && /[0-9]/.test(plain) && !/[a-z]{6}|[A-Z]{6}|\d{6}/.test(plain)
  )
}

function saltedSha(plain: string, salt: Buffer): string {
  const digest = createHash('sha1').update(plain).update(salt).digest()
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`
}

function same(hash: string, other: string): boolean {
  const [a, b] = [hash, other].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}

/** In clear, for the one time that a password which we made is shown to whoever has to know it. */
export function showMadePassword(password: Secret): string {
  return password.reveal()
}
