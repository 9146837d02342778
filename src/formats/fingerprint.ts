// In: texts and secrets. Out: a fingerprint of them all, from which none can be read.
import { createHash } from 'node:crypto'
import { Secret } from '../secret.ts'

/**
 * SHA-256 of the parts, told apart by their lengths. Of a weak secret it would help to guess that: keep it where only the
 * owner of the secret reads.
 */
export function fingerprintOf(parts: readonly (string | Secret)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    const text = part instanceof Secret ? part.reveal() : part
    hash.update(`${Buffer.byteLength(text)}:${text}`)
  }
  return hash.digest('hex')
}
