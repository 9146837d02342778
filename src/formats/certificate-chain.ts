// In: the text of PEM files. Out: the certificates in them, and what they say about each other.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Secret } from '../secret.ts'

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/gu

/** All certificates, in the order of the file; undefined when one of them, or the file, is none. */
export function parseCertificates(text: string): readonly X509Certificate[] | undefined {
  try {
    const found = [...text.matchAll(CERTIFICATE)].map(([pem]) => new X509Certificate(pem))
    return found.length === 0 ? undefined : found
  } catch {
    return undefined
  }
}

export type KeyState = 'matches' | 'other' | 'encrypted' | 'unreadable'

/** Whether the private key is the one that the certificate is for. */
export function compareKey(certificate: X509Certificate, key: Secret): KeyState {
  const text = key.reveal()
  if (/ENCRYPTED/u.test(text)) return 'encrypted'
  try {
    return certificate.checkPrivateKey(createPrivateKey(text)) ? 'matches' : 'other'
  } catch {
    return 'unreadable'
  }
}

/** Whether `issuer` signed `certificate`. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

/** Whether one of these roots vouches for the chain, itself in it or not. */
export function isTrustedBy(chain: readonly X509Certificate[], roots: readonly X509Certificate[]): boolean {
  return chain.some((certificate) => roots.some((root) => isIssuedBy(certificate, root)))
}

export function isSelfSigned(certificate: X509Certificate): boolean {
  return isIssuedBy(certificate, certificate)
}

/** Whether the certificate is for a host as it stands in a URL: a name, `192.0.2.1` or `[::1]`. */
export function covers(certificate: X509Certificate, host: string): boolean {
  const plain = host.replaceAll(/[[\]]/gu, '')
  const address = plain.includes(':') || /^\d+(\.\d+){3}$/u.test(plain)
  // Only alternative names count: browsers and Python have not looked at the common name for years.
  return address
    ? certificate.checkIP(plain) !== undefined
    : certificate.checkHost(plain, { subject: 'never' }) !== undefined
}

/** `ml.example, *.ml.example` */
export function formatNames(certificate: X509Certificate): string {
  const names = (certificate.subjectAltName ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/u, ''))
  return names.filter((name) => name !== '').join(', ')
}

/** The common name, or all that there is of the subject. */
export function formatSubject(distinguishedName: string): string {
  return /(?:^|\n)CN=(.+)/u.exec(distinguishedName)?.[1] ?? distinguishedName.replaceAll('\n', ', ')
}

export function expiryOf(certificate: X509Certificate): Date {
  return new Date(certificate.validTo)
}

export function startOf(certificate: X509Certificate): Date {
  return new Date(certificate.validFrom)
}
