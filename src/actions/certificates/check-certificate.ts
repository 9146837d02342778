// In: a certificate chain and key as their user gave them. Out: nothing, or the error that says what is wrong with them.
import type { X509Certificate } from 'node:crypto'
import {
  compareKey,
  covers,
  expiryOf,
  formatNames,
  formatSubject,
  isIssuedBy,
  isSelfSigned,
  isTrustedBy,
  startOf,
} from '../../formats/certificate-chain.ts'
import { UserError } from '../../errors.ts'
import type { Secret } from '../../secret.ts'

export interface GivenCertificate {
  /** As named in messages. */
  readonly certificatePath: string
  readonly keyPath: string
  readonly chain: readonly X509Certificate[]
  readonly key: Secret
  readonly host: string
}

/** Throws UserError `tls.…`: each fault that would make nginx or its clients fail, and the cure. */
export function checkCertificate(given: GivenCertificate, publicRoots: readonly X509Certificate[], now: Date): void {
  const [own] = given.chain
  if (own === undefined) return
  refuseAuthority(own, given)
  refuseOtherKey(own, given)
  refuseOtherHost(own, given)
  for (const certificate of given.chain) refuseOutsideItsTime(certificate, given, now)
  refuseBrokenChain(given, publicRoots)
}

function refuseAuthority(own: X509Certificate, { certificatePath, host, chain }: GivenCertificate): void {
  if (!own.ca || covers(own, host)) return
  const misplaced = chain.find((certificate) => covers(certificate, host))
  throw new UserError('tls.wrong-order', `${certificatePath} does not begin with the certificate of ${host}.`, {
    because: `The first one is that of the authority ${formatSubject(own.subject)}.`,
    hint: {
      text:
        misplaced === undefined
          ? 'Give the file that has the certificate of the host itself.'
          : 'Put the certificate of the host first, then who issued it, and so on.',
    },
  })
}

function refuseOtherKey(own: X509Certificate, { certificatePath, keyPath, key }: GivenCertificate): void {
  const state = compareKey(own, key)
  switch (state) {
    case 'matches':
      return
    case 'encrypted':
      throw new UserError('tls.encrypted-key', `The key in ${keyPath} is encrypted.`, {
        because: 'nginx starts without anybody there to type its passphrase.',
        hint: {
          text: 'Write it without one, to a file of mode 0600.',
          command: `openssl pkey -in ${keyPath} -out key.pem`,
        },
      })
    case 'unreadable':
      throw new UserError('tls.not-a-key', `${keyPath} is no private key.`, {
        because: 'It must be PEM: a text with a line -----BEGIN PRIVATE KEY-----.',
        hint: { text: 'Certbot calls it privkey.pem.' },
      })
    case 'other':
      throw new UserError('tls.key-mismatch', `The key in ${keyPath} is not that of the certificate.`, {
        because: `The first certificate in ${certificatePath} is for another key.`,
        hint: { text: 'Give the two files that were made together.' },
      })
  }
}

function refuseOtherHost(own: X509Certificate, { certificatePath, host }: GivenCertificate): void {
  if (covers(own, host)) return
  const names = formatNames(own)
  throw new UserError('tls.other-host', `The certificate in ${certificatePath} is not for ${host}.`, {
    because: names === '' ? 'It names no host at all.' : `It is for ${names}.`,
    hint: { text: 'Give the certificate of that host, or a public address that it is for.' },
  })
}

function refuseOutsideItsTime(certificate: X509Certificate, { certificatePath }: GivenCertificate, now: Date): void {
  const name = formatSubject(certificate.subject)
  if (expiryOf(certificate) <= now) {
    throw new UserError('tls.expired', `The certificate ${name} in ${certificatePath} has expired.`, {
      because: `It ended on ${dayOf(expiryOf(certificate))}.`,
      hint: { text: 'Renew it first; or the clock of this machine is wrong.' },
    })
  }
  if (startOf(certificate) <= now) return
  throw new UserError('tls.not-yet-valid', `The certificate ${name} in ${certificatePath} is not valid yet.`, {
    because: `It begins on ${startOf(certificate)
      .toISOString()
      .replace(/\.\d+Z/u, ' UTC')
      .replace('T', ' ')}.`,
    hint: { text: 'Wait for that, or set the clock of this machine right.', command: 'timedatectl set-ntp true' },
  })
}

function refuseBrokenChain(
  { certificatePath, chain }: GivenCertificate,
  publicRoots: readonly X509Certificate[],
): void {
  for (const [at, certificate] of chain.entries()) {
    const next = chain[at + 1]
    if (next === undefined) return refuseMissingIssuer(certificate, certificatePath, publicRoots)
    if (isIssuedBy(certificate, next)) continue
    throw new UserError('tls.wrong-order', `The chain in ${certificatePath} is broken.`, {
      because: `After ${formatSubject(certificate.subject)} must come its issuer, ${formatSubject(certificate.issuer)}, but ${formatSubject(next.subject)} does.`,
      hint: { text: 'Put each certificate before the one that issued it. Certbot calls that file fullchain.pem.' },
    })
  }
}

function refuseMissingIssuer(
  last: X509Certificate,
  certificatePath: string,
  publicRoots: readonly X509Certificate[],
): void {
  if (isSelfSigned(last) || isTrustedBy([last], publicRoots)) return
  throw new UserError('tls.chain-incomplete', `The chain in ${certificatePath} is not complete.`, {
    because: `The certificate of the issuer ${formatSubject(last.issuer)} is missing. Browsers may fetch it; Python does not.`,
    hint: {
      text: 'Append it to the file. Certbot calls the complete one fullchain.pem; of a private authority, add the root too.',
    },
  })
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}
