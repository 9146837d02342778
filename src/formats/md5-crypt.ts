// In: a password and a salt. Out: the hash that Apache calls apr1 and crypt(3) calls MD5.
import { createHash } from 'node:crypto'

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ROUNDS = 1000
/** Which bytes of the digest stand together, the highest first; the last byte stands alone. */
const ORDER = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
] as const

/** The whole entry, `$apr1$salt$hash`. `magic` is `$apr1$` or `$1$`; of the salt, eight characters count. */
export function md5Crypt(password: string, salt: string, magic: '$apr1$' | '$1$'): string {
  const secret = Buffer.from(password)
  const grain = Buffer.from(salt.slice(0, 8))
  let digest = firstDigest(secret, grain, magic)
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1
    digest = md5(
      odd ? secret : digest,
      round % 3 === 0 ? '' : grain,
      round % 7 === 0 ? '' : secret,
      odd ? digest : secret,
    )
  }
  return `${magic}${grain.toString()}$${encode(digest)}`
}

function firstDigest(secret: Buffer, grain: Buffer, magic: string): Buffer {
  const inner = md5(secret, grain, secret)
  const parts: (Buffer | string)[] = [secret, magic, grain]
  for (let left = secret.length; left > 0; left -= 16) parts.push(inner.subarray(0, Math.min(16, left)))
  // As the first author of it wrote it, and so everybody since: bit by bit of the length, a NUL or the first character.
  for (let bits = secret.length; bits > 0; bits >>= 1) parts.push(bits % 2 === 1 ? '\0' : secret.subarray(0, 1))
  return md5(...parts)
}

function md5(...parts: readonly (Buffer | string)[]): Buffer {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function encode(digest: Buffer): string {
  const byte = (at: number) => digest[at] ?? 0
  const groups = ORDER.map(([a, b, c]) => letters(byte(a) * 65_536 + byte(b) * 256 + byte(c), 4))
  return groups.join('') + letters(byte(11), 2)
}

/** Six bits each, the lowest first. */
function letters(value: number, count: number): string {
  return Array.from({ length: count }, (_, at) => ALPHABET[Math.floor(value / 64 ** at) % 64]).join('')
}
