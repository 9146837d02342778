// In: StackSpec. Out: PictureFacts, what the picture of a scenario shows.
import { unreachable } from '../errors.ts'
import type { ArtifactStore, BackendStore, Scenario, StackSpec } from '../stack/spec.ts'

/** Where files live when they live in no store. */
export const LOCAL_FOLDER = 'local folder'

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
  /** Variables that a client of scenario 4 needs for the store. */
  readonly storeCredentials: readonly string[]
}

export function buildPictureFacts(spec: StackSpec): PictureFacts {
  const url = spec.publicUrl === undefined ? undefined : new URL(spec.publicUrl)
  return {
    scenario: spec.scenario,
    scheme: url === undefined ? undefined : url.protocol === 'https:' ? 'https' : 'http',
    localOnly: url === undefined || isLoopback(url.hostname),
    proxy: spec.proxy.kind === 'none' ? undefined : 'nginx',
    login: spec.auth.kind !== 'none',
    backendStore: backendStoreName(spec.backendStore),
    artifactStore: artifactStoreName(spec.artifactStore),
    storeCredentials: [],
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function backendStoreName(store: BackendStore): string {
  switch (store.kind) {
    case 'sqlite':
      return 'SQLite'
    case 'file':
      return 'plain files'
    case 'postgres':
      return 'PostgreSQL'
    default:
      return unreachable(store)
  }
}

function artifactStoreName(store: ArtifactStore): string {
  switch (store.kind) {
    case 'local':
      return LOCAL_FOLDER
    case 's3':
      return 'S3'
    default:
      return unreachable(store)
  }
}
