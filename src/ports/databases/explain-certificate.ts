import { UserError } from '../../errors.ts'
import { systemCode } from '../file-errors.ts'
import type { DatabaseLogin } from '../databases.ts'
import type { Ways } from './ways.ts'

interface RefusedCertificate {
  readonly login: DatabaseLogin
  readonly ways: Ways
  readonly server: string
  readonly error: unknown
}

const UNTRUSTED: readonly string[] = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]

/** Undefined when the failure was not about a certificate. */
export function explainCertificate({ login, ways, server, error }: RefusedCertificate): UserError | undefined {
  const code = systemCode(error)
  if (UNTRUSTED.includes(code)) {
    const roots = login.caFile === undefined ? 'this system trusts' : `${login.caFile} has`
    return new UserError('database.certificate-untrusted', `The certificate of ${server} cannot be trusted.`, {
      because: `It was not issued by anybody that ${roots}.`,
      hint: { text: `Name the file with the root that issued it: ${ways.caFile}.` },
      cause: error,
    })
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new UserError('database.certificate-other-host', `The certificate of ${server} is for another host.`, {
      because: `It is for ${namesIn(error)}, not for ${login.host}.`,
      hint: { text: `Use the name that it has for ${ways.host}, or accept any name: ${ways.sslMode} verify-ca.` },
      cause: error,
    })
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'
    return new UserError('database.certificate-expired', `The certificate of ${server} ${when}.`, {
      because: `It ${when} by the clock of this machine.`,
      hint: { text: 'Renew it on the server, or set the clock right.' },
      cause: error,
    })
  }
  return undefined
}

/** Node.js keeps the certificate with the error, its names as `DNS:db.example, IP Address:10.0.0.5`. */
function namesIn(error: unknown): string {
  const { cert } = error instanceof Error && 'cert' in error ? error : { cert: undefined }
  const names = typeof cert === 'object' && cert !== null && 'subjectaltname' in cert ? cert.subjectaltname : undefined
  return typeof names === 'string' ? names.replaceAll(/DNS:|IP Address:/gu, '') : 'other names'
}
