// In: a password. Out: what PostgreSQL keeps of it, so that the password itself never goes to the server.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { UserError } from '../errors.ts'
import type { Secret } from '../secret.ts'

/** What PostgreSQL itself takes (scram_iterations), so that logins cost what its administrators expect. */
const ITERATIONS = 4096

/** RFC 3454, table C.1.2: spaces that become one. */
const SPACES = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu
/** RFC 3454, table B.1: what is left out. Joiners and selectors are meant one by one here. */
// oxlint-disable-next-line eslint/no-misleading-character-class -- they are listed, not combined
const NOTHING = /[\u00AD\u034F\u1806\u180B\u180C\u180D\u200C\u200D\u2060\uFE00-\uFE0F\uFEFF]/gu
/** Letters and signs that RFC 3454 knows, all from left to right: Latin, Greek, Cyrillic, their accents, and East Asian ones. */
const PLAIN =
  // oxlint-disable-next-line eslint/no-misleading-character-class -- they are listed, not combined
  /^[\u0020-\u007E\u00A0-\u01F5\u0300-\u034E\u0386-\u03CE\u0400-\u0481\u2000-\u200A\u3000\u3041-\u3094\u30A1-\u30F6\u4E00-\u9FA5\uAC00-\uD7A3\uFB00-\uFB06\uFF01-\uFF5E]*$/u

/**
 * `SCRAM-SHA-256$4096:salt$StoredKey:ServerKey` (RFC 5802 and 7677), as pg_authid keeps it.
 * Throws UserError `password.ambiguous` where clients would not agree on the password's letters.
 */
export function renderScramVerifier(password: Secret, salt: Uint8Array): string {
  const salted = pbkdf2Sync(preparePassword(password.reveal()), salt, ITERATIONS, 32, 'sha256')
  const key = (name: string) => createHmac('sha256', salted).update(name).digest()
  const stored = createHash('sha256').update(key('Client Key')).digest()
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${base64(salt)}$${base64(stored)}:${base64(key('Server Key'))}`
}

/**
 * SASLprep (RFC 4013). It changes few passwords; where it forbids one, libpq takes it as it is, and other drivers do not.
 * So one that changes is taken only if all its characters are certain not to be forbidden.
 */
function preparePassword(password: string): string {
  const prepared = password.replaceAll(SPACES, ' ').replaceAll(NOTHING, '').normalize('NFKC')
  if (prepared === password || PLAIN.test(password)) return prepared
  throw new UserError(
    'password.ambiguous',
    'The database password has characters that not all programs write the same.',
    {
      because: 'It mixes rare characters, or writing directions, with ones that have more than one form.',
      hint: { text: 'Take another one, with letters, digits and signs of the keyboard.' },
    },
  )
}
