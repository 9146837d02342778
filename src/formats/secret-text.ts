// In: secrets and texts around them. Out: the environment that a program needs, and what it said without the secrets.
import { Secret } from '../secret.ts'

/** Variables for a child process, the one place besides files where it may be given a secret. */
export function renderSecretVariables(secrets: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]))
}

/** One line, for a program that reads it from its standard input. */
export function renderSecretLine(secret: Secret): string {
  return `${secret.reveal()}\n`
}

/** The text with each secret replaced, also where it was percent-encoded for a URL. */
export function hideSecrets(text: string, secrets: readonly Secret[]): string {
  return secrets
    .flatMap((secret) => [secret.reveal(), encodeURIComponent(secret.reveal())])
    .filter((value) => value !== '')
    .reduce((shown, value) => shown.replaceAll(value, '[redacted]'), text)
}

/** Text without the users and passwords that addresses in it may carry, also where an address has no scheme. */
export function hideLogins(text: string): string {
  return text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]*(?:@[^\s/@'"]*)*@/giu, '$1')
    .replaceAll(/(^|[\s'"])[^\s/@'":]+:[^\s/@'"]+@(?=[\w[])/gu, '$1')
}

/** Why the secret cannot be kept as a line of `.env`, or has not the length that it needs; goes on after its name. */
export function secretFault(
  secret: Secret,
  { least = 1, mostBytes = 8192 }: { readonly least?: number; readonly mostBytes?: number } = {},
): string | undefined {
  const text = secret.reveal()
  if (text.trim() === '') return 'is empty'
  if (/[\r\n\0]/.test(text)) return 'has a line break in it'
  if (Array.from(text).length < least) return `is shorter than ${least} characters`
  return Buffer.byteLength(text) > mostBytes ? `is longer than ${mostBytes} bytes` : undefined
}

/** What a file with nothing but a secret holds: editors end its line. */
export function secretFromFile(text: string): Secret {
  return new Secret(text.replace(/\r?\n$/, ''))
}
