// In: secrets and texts around them. Out: the environment that a program needs, and what it said without the secrets.
import type { Secret } from '../secret.ts'

/** Variables for a child process, the one place besides files where it may be given a secret. */
export function renderSecretVariables(secrets: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]))
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
