// In: StackSpec. Out: PictureFacts, what the picture of a scenario shows.
import { isAbsolute } from 'node:path'
import { unreachable } from '../errors.ts'
import type { ArtifactStore, BackendStore, ManagedObjectStore, Scenario, StackSpec } from '../stack/spec.ts'

/** Names are as people say them: `SQLite`, `PostgreSQL`, `S3`, `local folder`. */
export interface PictureFacts {
  readonly scenario: Scenario
  /** Undefined where there is no server. */
  readonly scheme: 'http' | 'https' | undefined
  /** The server listens on this machine only. */
  readonly localOnly: boolean
  /** `nginx`, when something stands before MLflow. */
  readonly proxy: string | undefined
  readonly login: boolean
  readonly backendStore: string
  readonly artifactStore: string
  /** Files live in no store that would ask for keys. */
  readonly keyless: boolean
  /** All that the stack runs are containers. */
  readonly containers: boolean
  /** The stack runs the store itself; its clients, in scenario 4, come to it through the proxy. */
  readonly ownStore: boolean
  /** Variables that a client of scenario 4 needs for the store. */
  readonly storeCredentials: readonly string[]
}

export function buildPictureFacts(spec: StackSpec): PictureFacts {
  const containers = spec.target === 'compose'
  const url = spec.publicUrl === undefined ? undefined : new URL(spec.publicUrl)
  return {
    scenario: spec.scenario,
    scheme: url === undefined ? undefined : url.protocol === 'https:' ? 'https' : 'http',
    localOnly: url === undefined || isLoopback(url.hostname),
    proxy: spec.proxy.kind === 'none' ? undefined : 'nginx',
    login: spec.auth.kind !== 'none',
    backendStore: backendStoreName(spec.backendStore, containers),
    artifactStore: artifactStoreName(spec.artifactStore, containers),
    keyless: spec.artifactStore.kind === 'local',
    containers,
    ownStore: spec.artifactStore.kind === 's3' && spec.artifactStore.managed !== undefined,
    storeCredentials: [],
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** Among containers, what is none is somebody's who ran it before. */
function backendStoreName(store: BackendStore, containers: boolean): string {
  switch (store.kind) {
    case 'sqlite':
      return 'SQLite'
    case 'file':
      return 'plain files'
    case 'postgres':
      return containers && store.managed === false ? 'your PostgreSQL' : 'PostgreSQL'
    default:
      return unreachable(store)
  }
}

const STORES: Readonly<Record<ManagedObjectStore, string>> = { seaweedfs: 'SeaweedFS', rustfs: 'RustFS' }

function artifactStoreName(store: ArtifactStore, containers: boolean): string {
  switch (store.kind) {
    case 'local':
      return containers && !isAbsolute(store.path) ? 'volume' : 'local folder'
    case 's3':
      return store.managed === undefined ? 'S3' : STORES[store.managed]
    default:
      return unreachable(store)
  }
}
