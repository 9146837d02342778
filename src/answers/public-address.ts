// In: what the user gave as the public address. Out: the address in its canonical form, or what is wrong with it.
import { whyNotHostName } from '../formats/host-name.ts'

/** `href` has no slash at its end. */
export type PublicAddress = { readonly href: string; readonly url: URL } | { readonly problem: string }

/** Reads the address of a server. `problem` goes on after the value: `has no scheme; write https://…`. */
export function serverAddressOf(text: string): PublicAddress {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    const rest = text.replace(/^\/+/, '')
    // Beyond this machine passwords go along.
    const scheme = isLoopback(`http://${rest}`) ? 'http' : 'https'
    return { problem: `has no scheme; write ${scheme}://${rest}` }
  }
  if (!URL.canParse(text)) return { problem: 'is not an address such as http://127.0.0.1:5000' }
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { problem: 'must start with http:// or https://' }
  if (url.username !== '' || url.password !== '') return { problem: 'has a login in it; leave user and password out' }
  if (url.search !== '' || url.hash !== '') return { problem: 'must end before ? and #' }
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') {
    return { problem: 'is a listen address; name the host that clients type, such as 127.0.0.1' }
  }
  const wrongHost = whyNotHostName(url.hostname)
  if (wrongHost !== undefined) return { problem: wrongHost }
  if (url.port === '0') return { problem: 'has port 0; take 1024 to 65535' }
  if (!/^[A-Za-z0-9/_.~-]*$/.test(url.pathname) || url.pathname.includes('//')) {
    return { problem: 'has a path that MLflow does not take; use letters, digits, dots and dashes' }
  }
  return { href: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`, url }
}

/**
 * Why MLflow itself cannot answer at an address of this machine, or undefined: it speaks no TLS here, and takes no port of root's.
 * At any other address a proxy answers, which may do both.
 */
export function whyNotMlflowItself(address: string): string | undefined {
  if (!isLoopback(address)) return undefined
  const url = new URL(address)
  if (url.protocol === 'https:') return 'https on this machine'
  return portOf(url) < 1024 ? `port ${portOf(url)}` : undefined
}

/** Whether the address can be reached from this machine only. */
export function isLoopback(address: string): boolean {
  return URL.canParse(address) && isLoopbackHost(new URL(address).hostname)
}

/** The TCP port of an address, also when it is the scheme's own. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}

/** Whether the host is this machine; IPv6 with or without brackets. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || /^\[?::1\]?$/.test(hostname) || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
