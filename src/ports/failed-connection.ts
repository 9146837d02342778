// In: the code of a failed connection, in the words of the system, of DNS or of OpenSSL. Out: which kind of failure it is.

/** Nobody listens there (`ECONNREFUSED`), or there is no way to that host. */
export function isRefusal(code: string): boolean {
  return ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'].includes(code)
}

/** DNS has no address for the name, or does not answer itself. */
export function isUnknownName(code: string): boolean {
  return code === 'ENOTFOUND' || code.startsWith('EAI_')
}

/** The certificate was not taken: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
export function isRefusedCertificate(code: string): boolean {
  return /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/.test(code)
}
