// In: a spec's public address. Out: every address that derives from it.
import { bareHost } from '../formats/host-name.ts'
import { isLoopback, portOf } from '../answers/public-address.ts'
import type { StackSpec } from './spec.ts'

/** Where MLflow's servers listen in their containers. */
export const TRACKING_PORT = 5000
export const ARTIFACTS_PORT = 5500

export interface Addresses {
  /** What clients and browsers use, without a slash at its end. */
  readonly publicUrl: string
  /** Where the server listens: never beyond this machine, because it has no login of its own. */
  readonly host: string
  readonly port: number
  /** The same server from this machine, past any proxy. */
  readonly localUrl: string
  /** `/mlflow`, or empty. */
  readonly staticPrefix: string
  /** For MLFLOW_SERVER_ALLOWED_HOSTS: replaces the server's own list, so it names everything. */
  readonly allowedHosts: readonly string[]
  /** For MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: as a browser writes them. */
  readonly corsOrigins: readonly string[]
  /** Whether the address is this machine's own. */
  readonly loopback: boolean
}

/** Undefined in scenarios 1 and 2, which have no server. */
export function buildAddresses(spec: StackSpec): Addresses | undefined {
  if (spec.publicUrl === undefined) return undefined
  const url = new URL(spec.publicUrl)
  const loopback = isLoopback(spec.publicUrl)
  if (spec.target === 'compose') return inContainers(spec, url, loopback)
  // Behind a proxy, ours or another, the public address is the proxy's.
  const direct = loopback && spec.proxy.kind === 'none'
  const host = direct && url.hostname !== 'localhost' ? url.hostname : '127.0.0.1'
  const port = direct ? portOf(url) : (spec.port ?? 5000)
  const staticPrefix = url.pathname.replace(/\/+$/, '')
  // MLflow compares the Host header with its port, so each name stands twice (MLFLOW.md section 4).
  const names = new Set([url.hostname, 'localhost', '127.0.0.1', ...(host === '[::1]' ? ['[::1]'] : [])])
  return {
    publicUrl: spec.publicUrl,
    host: bareHost(host),
    port,
    localUrl: `http://${host}:${port}${staticPrefix}`,
    staticPrefix,
    allowedHosts: [...names].flatMap((name) => [name, `${name}:*`]),
    // Browsers on this machine are let in by the server's built-in patterns for localhost.
    corsOrigins: [url.origin],
    loopback,
  }
}

/** Here others than nginx reach a server only where the engine publishes its port, on 127.0.0.1. */
function inContainers(spec: StackSpec, url: URL, loopback: boolean): Addresses {
  const published = loopback && spec.proxy.kind === 'none' ? portOf(url) : (spec.port ?? TRACKING_PORT)
  const staticPrefix = url.pathname.replace(/\/+$/, '')
  const names = new Set([
    url.hostname,
    'localhost',
    '127.0.0.1',
    'mlflow',
    ...(spec.scenario === 6 ? ['artifacts'] : []),
  ])
  return {
    publicUrl: url.href.replace(/\/+$/, ''),
    host: '127.0.0.1',
    port: published,
    localUrl: `http://127.0.0.1:${published}${staticPrefix}`,
    staticPrefix,
    allowedHosts: [...names].flatMap((name) => [name, `${name}:*`]),
    corsOrigins: [url.origin],
    loopback,
  }
}
