// In: nothing. Out: where systems keep the certificates that they trust.

/** PEM files with all of them: Debian, Red Hat, SUSE, then Alpine and macOS. A system has one of these. */
export const SYSTEM_ROOT_FILES: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]
