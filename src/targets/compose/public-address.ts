// In: a Stack behind nginx in a container. Out: which ports the engine publishes, and where nginx listens inside.
import { portOf } from '../../answers/public-address.ts'
import { objectStoreOf } from '../../stack/object-store.ts'
import type { Stack } from '../../stack/spec.ts'
import { buildPublicAddress, type PublicAddress } from '../native/public-address.ts'

/** Ports that nginx may take without root. */
const PLAIN = 8080
const SECURE = 8443
const STORE = 9000

export interface ContainerAddress extends PublicAddress {
  /** `127.0.0.1:8443:8443`, as Compose publishes them. */
  readonly published: readonly string[]
  /** Inside. */
  readonly innerPort: number
  readonly innerRedirectPorts: readonly number[]
  /** Where nginx leads the clients of scenario 4 to the store, inside; undefined: nowhere. */
  readonly storePort: number | undefined
  /** Where nginx is asked how it is, from inside. */
  readonly health: string
}

/** Undefined where no nginx of the stack answers. */
export function buildContainerAddress(stack: Stack): ContainerAddress | undefined {
  const address = buildPublicAddress(stack.spec)
  if (address === undefined) return undefined
  const { tls, port, loopback, redirectFrom, staticPrefix } = address
  const innerPort = tls ? SECURE : PLAIN
  const shop = publicStorePort(stack)
  const { proxy } = stack.spec
  // The engine's own proxy hands IPv6 to containers with an address of this machine, which is let in.
  const listed = proxy.kind === 'container' && proxy.allowFrom.length > 0
  const host = loopback ? `${hostOf(address)}:` : listed ? '0.0.0.0:' : ''
  const on = (outer: number, inner: number) => `${host}${outer}:${inner}`
  return {
    ...address,
    published: [
      on(port, innerPort),
      ...(redirectFrom.length === 0 ? [] : [on(80, PLAIN)]),
      ...(shop === undefined ? [] : [on(shop, STORE)]),
    ],
    innerPort,
    innerRedirectPorts: redirectFrom.length === 0 ? [] : [PLAIN],
    storePort: shop === undefined ? undefined : STORE,
    health: `${tls ? 'https' : 'http'}://127.0.0.1:${innerPort}${staticPrefix}/health`,
  }
}

/** The port at which clients of scenario 4 reach a store of the stack's own; undefined where they need none. */
function publicStorePort({ spec }: Stack): number | undefined {
  const store = objectStoreOf(spec)
  if (store?.managed === undefined || store.publicEndpoint === undefined || spec.scenario !== 4) return undefined
  return portOf(new URL(store.publicEndpoint))
}

/** Without a bracket an address of IPv6 would be read as ports. */
function hostOf({ url }: PublicAddress): string {
  return url.hostname === 'localhost' ? '127.0.0.1' : url.hostname
}
