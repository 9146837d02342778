// In: a spec with nginx in front. Out: PublicAddress, where nginx listens and which names it answers to.
import { isLoopback, portOf } from '../../answers/public-address.ts'
import type { StackSpec } from '../../stack/spec.ts'

export interface PublicAddress {
  readonly url: URL
  readonly tls: boolean
  readonly port: number
  readonly loopback: boolean
  /** `/mlflow`, or empty. */
  readonly staticPrefix: string
  readonly serverNames: readonly string[]
  /** What `listen` takes; those of IPv6 have brackets. */
  readonly listen: readonly string[]
  /** The same for plain HTTP that only points to https. */
  readonly redirectFrom: readonly string[]
  /** All TCP ports of these. */
  readonly ports: readonly number[]
  /** The same nginx from this machine, without a path: `https://127.0.0.1:8443`. */
  readonly localOrigin: string
}

/** Undefined where no nginx of ours answers. */
export function buildPublicAddress(spec: StackSpec): PublicAddress | undefined {
  if (spec.publicUrl === undefined || spec.proxy.kind === 'none') return undefined
  const url = new URL(spec.publicUrl)
  const tls = url.protocol === 'https:'
  const port = portOf(url)
  const loopback = isLoopback(spec.publicUrl)
  const addresses = listenAddresses(url.hostname, loopback)
  const at = (wanted: number) => addresses.map((address) => (address === '' ? `${wanted}` : `${address}:${wanted}`))
  const redirectFrom = tls && port === 443 ? at(80) : []
  return {
    url,
    tls,
    port,
    loopback,
    staticPrefix: url.pathname.replace(/\/+$/, ''),
    serverNames: url.hostname === 'localhost' ? ['localhost', '127.0.0.1', '[::1]'] : [url.hostname],
    listen: at(port),
    redirectFrom,
    ports: redirectFrom.length === 0 ? [port] : [port, 80],
    localOrigin: `${url.protocol}//${loopback && url.hostname !== 'localhost' ? url.hostname : '127.0.0.1'}:${port}`,
  }
}

/** A loopback name listens there only; every other one on all addresses of the families that lead to it. */
function listenAddresses(hostname: string, loopback: boolean): readonly string[] {
  if (hostname === 'localhost') return ['127.0.0.1', '[::1]']
  if (loopback) return [hostname]
  return /^\d+\.\d+\.\d+\.\d+$/u.test(hostname) ? [''] : ['', '[::]']
}
