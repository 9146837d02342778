/** The certificate authorities that the world trusts: Mozilla's list, as Node.js ships it. */
export interface PublicRoots {
  /** PEM, one certificate each. */
  all(): Promise<readonly string[]>
}

/** `node:tls` decodes all of them when it is imported: only when they are wanted. */
export function makePublicRoots(): PublicRoots {
  return { all: async () => (await import('node:tls')).rootCertificates }
}
