// In: the host of a parsed URL. Out: the same without brackets, and why no client would find it.

/** The host of a URL as sockets and certificates have it: an address of IPv6 without its brackets. */
export function bareHost(hostname: string): string {
  return hostname.replaceAll(/^\[|\]$/g, '')
}

/** As DNS has them, with the underscore of container networks. */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i

/**
 * Why this is no name of a host, or undefined when it is one; goes on after the value. URLs allow more than that: `;`, `{`
 * and `"`, which would mean something in nginx's configuration. An address in brackets was read by the URL parser.
 */
export function whyNotHostName(hostname: string): string | undefined {
  if (hostname.startsWith('[')) return undefined
  // Certificates, cookies and the Host header that MLflow compares are without it.
  if (hostname.endsWith('.')) return 'has a dot at the end of its host name; leave it out'
  const fine = hostname.length <= 253 && hostname.split('.').every((label) => LABEL.test(label))
  return fine ? undefined : 'has a host name that no network knows; use letters, digits, dots and dashes'
}
