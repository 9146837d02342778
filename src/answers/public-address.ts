// In: what the user gave as the public address. Out: the address in its canonical form, or what is wrong with it.

/** `href` has no slash at its end. */
export type PublicAddress = { readonly href: string; readonly url: URL } | { readonly problem: string }

/** Reads the address of a server of ours. `problem` goes on after the value: `has no scheme; write http://…`. */
export function publicAddressOf(text: string): PublicAddress {
  const address = serverAddressOf(text)
  if ('problem' in address || !isLoopbackHost(address.url.hostname)) return address
  if (address.url.protocol === 'https:') return { problem: 'wants TLS on this machine itself; write http://' }
  if (portOf(address.url) < 1024) return { problem: 'has a port for root only; take 1024 to 65535' }
  return address
}

/** Reads the address of any server, which others may have set up. `problem` goes on after the value. */
export function serverAddressOf(text: string): PublicAddress {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return { problem: `has no scheme; write http://${text.replace(/^\/+/, '')}` }
  if (!URL.canParse(text)) return { problem: 'is not an address such as http://127.0.0.1:5000' }
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { problem: 'must start with http:// or https://' }
  if (url.username !== '' || url.password !== '') return { problem: 'has a login in it; leave user and password out' }
  if (url.search !== '' || url.hash !== '') return { problem: 'must end before ? and #' }
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') {
    return { problem: 'is a listen address; name the host that clients type, such as 127.0.0.1' }
  }
  if (url.port === '0') return { problem: 'has port 0; take 1024 to 65535' }
  if (!/^[A-Za-z0-9/_.~-]*$/.test(url.pathname) || url.pathname.includes('//')) {
    return { problem: 'has a path that MLflow does not take; use letters, digits, dots and dashes' }
  }
  return { href: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`, url }
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

function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
