import { Secret } from '../secret.ts'

export interface Random {
  /** `length` characters of `[A-Za-z0-9_-]`, six bits each: 22 characters are more than 128 bits. */
  secret(length: number): Secret
  /** A key for Fernet: 32 bytes in URL-safe base64, as `cryptography` makes it. */
  fernetKey(): Secret
  /** A private key on the curve P-256, as PEM (PKCS #8). */
  ecKey(): Promise<Secret>
  /** `length` lower-case hexadecimal digits, not secret. */
  hex(length: number): string
}

export function makeRandom(): Random {
  return {
    secret: (length) => new Secret(bytes(length).toString('base64url').slice(0, length)),
    fernetKey: () => new Secret(bytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_')),
    ecKey: makeEcKey,
    hex: (length) => bytes(length).toString('hex').slice(0, length),
  }
}

/** From the system's generator, by Web Crypto: Node.js loads that when it is first named, not with the program. */
function bytes(length: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(length)))
}

async function makeEcKey(): Promise<Secret> {
  const { generateKeyPairSync } = await import('node:crypto')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
}
