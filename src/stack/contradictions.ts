// In: a spec whose keys are right one by one. Out: what the whole does not allow.
import { isLoopback, portOf, whyNotMlflowItself } from '../answers/public-address.ts'
import type { Contradiction } from './contradiction.ts'
import type { WrittenSpec } from './spec-schema.ts'
import { ofTarget } from './target-contradictions.ts'

/** Empty where everything goes together. */
export function findContradictions(spec: WrittenSpec): readonly Contradiction[] {
  const hasServer = spec.scenario >= 3
  return [...(hasServer ? ofServer(spec) : ofScripts(spec)), ...ofStores(spec), ...ofTarget(spec)]
}

const SERVER_KEYS = [
  'publicUrl',
  'port',
  'artifactsPort',
  'proxy',
  'auth',
  'tls',
  'service',
  'runAs',
  'workers',
] as const

function ofScripts(spec: WrittenSpec): Contradiction[] {
  return SERVER_KEYS.filter((key) => spec[key] !== undefined).map((key) => ({
    key,
    message: `does not apply: scenario ${spec.scenario} has no server`,
  }))
}

function ofServer(spec: WrittenSpec): Contradiction[] {
  const { publicUrl, scenario } = spec
  if (publicUrl === undefined) return [{ key: 'publicUrl', message: `is missing: scenario ${scenario} has a server` }]
  return [...ofPorts(spec, publicUrl), ...ofProxy(spec, publicUrl), ...ofLogin(spec, publicUrl)]
}

function ofPorts({ port, artifactsPort, proxy, scenario }: WrittenSpec, publicUrl: string): Contradiction[] {
  const found: Contradiction[] = []
  const refuse = (key: Contradiction['key'], message: string) => void found.push({ key, message })
  if (proxy?.kind === 'container')
    return [
      ...(port === undefined ? [] : [{ key: 'port', message: NO_PORT } as const]),
      ...(artifactsPort === undefined ? [] : [{ key: 'artifactsPort', message: NO_PORT } as const]),
    ]
  const nginxPort = isProxied(proxy) ? portOf(new URL(publicUrl)) : undefined
  if (nginxPort === undefined && isLoopback(publicUrl)) {
    if (port !== undefined) refuse('port', 'does not apply: the port is part of publicUrl')
  } else if (port === undefined) {
    refuse(
      'port',
      `is missing: the port on 127.0.0.1 that ${nginxPort === undefined ? 'your proxy' : 'nginx'} passes on to`,
    )
  } else if (port === nginxPort) refuse('port', IS_NGINX_PORT)
  if (scenario !== 6) {
    if (artifactsPort !== undefined) refuse('artifactsPort', 'does not apply: only scenario 6 has an artifact server')
  } else if (artifactsPort === undefined) {
    refuse('artifactsPort', 'is missing: the port of the artifact server on 127.0.0.1')
  } else if (artifactsPort === port) refuse('artifactsPort', 'is the same as port')
  else if (artifactsPort === nginxPort) refuse('artifactsPort', IS_NGINX_PORT)
  return found
}

const NO_PORT = 'does not apply: in containers only nginx takes a port of this machine'
const IS_NGINX_PORT = 'is the port of publicUrl, where nginx listens'

function ofProxy({ proxy, tls, scenario }: WrittenSpec, publicUrl: string): Contradiction[] {
  const secure = new URL(publicUrl).protocol === 'https:'
  const withTls = tls !== undefined && tls.kind !== 'off'
  if (!isProxied(proxy)) {
    const alone = whyNotMlflowItself(publicUrl)
    if (scenario === 6)
      return [{ key: 'scenario', message: 'is 6 but proxy is none: nginx leads clients to the artifact server' }]
    if (withTls) return [{ key: 'tls', message: 'does not apply: without a proxy of the stack nothing speaks TLS' }]
    if (alone !== undefined)
      return [{ key: 'publicUrl', message: `has ${alone}, which needs proxy: nginx answers there` }]
    return []
  }
  if (withTls && !secure) return [{ key: 'tls', message: 'does not go with http:// in publicUrl' }]
  if (!withTls && secure) return [{ key: 'publicUrl', message: 'is https:// but tls is off' }]
  return []
}

function ofLogin({ auth, proxy, scenario }: WrittenSpec, publicUrl: string): Contradiction[] {
  const kind = auth?.kind ?? 'none'
  if (kind === 'htpasswd' && !isProxied(proxy))
    return [{ key: 'auth', message: 'htpasswd needs proxy: nginx asks for the password' }]
  if (kind === 'basic-auth' && scenario !== 4 && scenario !== 5)
    return [{ key: 'auth', message: `basic-auth goes with scenarios 4 and 5, not with ${scenario}` }]
  if (kind === 'none' && isProxied(proxy) && !isLoopback(publicUrl))
    return [{ key: 'auth', message: 'is none, and nginx would let in everybody at publicUrl' }]
  return []
}

function ofStores({ scenario, backendStore, artifactStore }: WrittenSpec): Contradiction[] {
  const found: Contradiction[] = []
  const refuse = (key: Contradiction['key'], message: string) => void found.push({ key, message })
  const kinds = scenario === 1 ? ['file'] : scenario <= 3 ? ['sqlite'] : ['sqlite', 'postgres']
  if (!kinds.includes(backendStore.kind))
    refuse('backendStore', `must have kind ${kinds.join(' or ')} in scenario ${scenario}`)
  if (scenario <= 3 && artifactStore.kind !== 'local')
    refuse('artifactStore', `must have kind local in scenario ${scenario}`)
  if (scenario === 4 && artifactStore.kind !== 's3')
    refuse('artifactStore', 'must have kind s3 in scenario 4, where clients go to the store themselves')
  if (artifactStore.kind === 's3' && artifactStore.credentials === 'role' && artifactStore.endpoint !== undefined)
    refuse('artifactStore', 'has credentials: role, which only AWS gives; remove endpoint or take keys')
  return found
}

function isProxied(proxy: WrittenSpec['proxy']): boolean {
  return proxy !== undefined && proxy.kind !== 'none'
}
