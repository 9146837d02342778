// In: a Stack of containers. Out: its stores as its containers see them.
import { majorOfTag } from '../../formats/image-name.ts'
import { bareHost } from '../../formats/host-name.ts'
import { isLoopbackHost } from '../../answers/public-address.ts'
import { objectStoreOf, serverEndpoint } from '../../stack/object-store.ts'
import type { PostgresStore, Stack } from '../../stack/spec.ts'
import { objectStoreVariables } from '../native/object-store.ts'
import { POSTGRES_ROOTS, STORE_ROOTS } from './roots.ts'

/** What containers call the machine that they run on. */
const THIS_MACHINE = 'host.docker.internal'
/** Where the roots are that Debian's images trust. */
const SYSTEM_ROOTS = '/etc/ssl/certs/ca-certificates.crt'

/** Undefined where runs are in SQLite. */
export function postgresOf({ spec }: Stack): PostgresStore | undefined {
  return spec.backendStore.kind === 'postgres' ? spec.backendStore : undefined
}

/** Where containers reach PostgreSQL. */
export function postgresAddress(store: PostgresStore): { readonly host: string; readonly port: number } {
  return store.managed === false ? { host: fromInside(store.host), port: store.port } : { host: 'postgres', port: 5432 }
}

/** libpq's further variables; none for a server on the same private network. It uses given roots with `require`, too. */
export function postgresTls(store: PostgresStore): Readonly<Record<string, string>> {
  if (store.managed !== false) return {}
  const verified = store.sslMode.startsWith('verify') || store.caFile !== undefined
  const roots = store.caFile === undefined ? SYSTEM_ROOTS : POSTGRES_ROOTS
  return { PGSSLMODE: store.sslMode, ...(verified ? { PGSSLROOTCERT: roots } : {}) }
}

/** PostgreSQL 18 keeps each major version in a folder of its own below the volume. */
export function postgresMount(image: string): string {
  return (majorOfTag(image) ?? 18) >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data'
}

/** boto3's and MLflow's variables, all but the keys; none where files live in a volume. */
export function storeVariables(stack: Stack): Readonly<Record<string, string>> {
  const variables = objectStoreVariables(stack)
  const endpoint = variables['MLFLOW_S3_ENDPOINT_URL']
  return {
    ...variables,
    ...(endpoint === undefined ? {} : { MLFLOW_S3_ENDPOINT_URL: endpointFromInside(endpoint) }),
    ...(variables['AWS_CA_BUNDLE'] === undefined ? {} : { AWS_CA_BUNDLE: STORE_ROOTS }),
  }
}

/** Whether a store of this stack is on this very machine. */
export function needsThisMachine(stack: Stack): boolean {
  const postgres = postgresOf(stack)
  const store = objectStoreOf(stack.spec)
  const endpoint = store === undefined ? undefined : serverEndpoint(stack.spec, store)
  const hosts = [
    ...(postgres?.managed === false ? [postgres.host] : []),
    ...(endpoint === undefined ? [] : [bareHost(new URL(endpoint).hostname)]),
  ]
  return hosts.some((host) => isLoopbackHost(host) || host === THIS_MACHINE)
}

/** In a container, `localhost` is the container. */
function fromInside(host: string): string {
  return isLoopbackHost(host) ? THIS_MACHINE : host
}

function endpointFromInside(endpoint: string): string {
  const url = new URL(endpoint)
  url.hostname = fromInside(bareHost(url.hostname))
  return url.href.replace(/\/$/, '')
}
