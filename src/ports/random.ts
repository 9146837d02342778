import { Secret } from '../secret.ts'

export interface Random {
  /** `length` characters of `[A-Za-z0-9_-]`, six bits each: 22 characters are more than 128 bits. */
  secret(length: number): Secret
  /** A key for Fernet: 32 bytes in URL-safe base64, as `cryptography` makes it. */
  fernetKey(): Secret
  /** `length` lower-case hexadecimal digits, not secret. */
  hex(length: number): string
}

export function makeRandom(): Random {
  return {
    secret: (length) => new Secret(bytes(length).toString('base64url').slice(0, length)),
    fernetKey: () => new Secret(bytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_')),
    hex: (length) => bytes(length).toString('hex').slice(0, length),
  }
}

/** From the system's generator, by Web Crypto: Node.js loads that when it is first named, not with the program. */
function bytes(length: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(length)))
}
