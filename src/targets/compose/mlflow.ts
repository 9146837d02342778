// In: a Stack of containers. Out: how its MLflow servers are started.
import { ARTIFACTS_PORT, TRACKING_PORT, type Addresses } from '../../stack/addresses.ts'
import { objectStoreSecrets } from '../../stack/object-store.ts'
import { limitMemory } from '../../stack/sizing.ts'
import type { ArtifactStore, Stack } from '../../stack/spec.ts'
import { ARTIFACTS_API, CIPHERS, MOST_ARTIFACT_WORKERS } from '../native/mlflow.ts'
import { serverLogin } from '../native/login.ts'
import { artifactsUri } from '../native/written-files.ts'
import { DATA } from './layout.ts'
import { storeVariables } from './stores.ts'

/** One server, as compose.yaml shows it. */
export interface ContainerServer {
  readonly command: readonly string[]
  /** Bytes. */
  readonly memory: number
  /** A line of Python that fails where the server does not answer. */
  readonly health: string
  /** Variables of `.env` that it must not have: an empty one counts as none for MLflow, boto3 and libpq. */
  readonly withheld: readonly string[]
}

const SERVER = ['python', '-m', 'mlflow', 'server']

export function trackingServer(stack: Stack, { staticPrefix }: Addresses): ContainerServer {
  const { spec } = stack
  const withheld = [...adminPassword(stack), ...(spec.scenario === 6 ? bucketVariables(stack) : [])]
  const args = [...whereFilesAre(stack, staticPrefix), ...serverLogin(stack).args]
  return serverOf(stack, [...SERVER, ...args], spec.workers, withheld, `${TRACKING_PORT}${staticPrefix}`)
}

/** Scenario 6 only. */
export function artifactServer(stack: Stack, { staticPrefix }: Addresses): ContainerServer | undefined {
  const { spec } = stack
  if (spec.scenario !== 6) return undefined
  const workers = Math.min(spec.workers, MOST_ARTIFACT_WORKERS)
  const command = [
    ...SERVER,
    '--artifacts-only',
    `--artifacts-destination=${destinationOf(spec.artifactStore)}`,
    `--port=${ARTIFACTS_PORT}`,
    `--workers=${workers}`,
  ]
  // One of them more, and MLflow refuses to start as an artifact server.
  const withheld = [...adminPassword(stack), 'MLFLOW_BACKEND_STORE_URI', 'POSTGRES_PASSWORD', ...CIPHERS]
  return serverOf(stack, command, workers, withheld, `${ARTIFACTS_PORT}${staticPrefix}`)
}

function serverOf(
  { spec }: Stack,
  command: readonly string[],
  workers: number,
  withheld: readonly string[],
  address: string,
): ContainerServer {
  return {
    command,
    memory: limitMemory({ workers, environment: spec.environment }),
    health: `import urllib.request as r; r.urlopen('http://127.0.0.1:${address}/health', timeout=5)`,
    withheld,
  }
}

/** Scenario 6: the artifact server is the tracking server's own artifact store, as in native stacks. */
function whereFilesAre({ spec }: Stack, staticPrefix: string): readonly string[] {
  const { scenario, artifactStore } = spec
  if (scenario === 4) return ['--no-serve-artifacts', '--default-artifact-root', destinationOf(artifactStore)]
  if (scenario !== 6) return []
  const destination = `http://artifacts:${ARTIFACTS_PORT}${staticPrefix}${ARTIFACTS_API}`
  return ['--serve-artifacts', '--artifacts-destination', destination]
}

/** Where the server puts files: a bucket, or a folder of its volume. */
export function destinationOf(store: ArtifactStore): string {
  return store.kind === 's3' ? artifactsUri(store) : `${DATA}/artifacts`
}

function adminPassword({ spec }: Stack): readonly string[] {
  return spec.auth.kind === 'none' ? [] : ['MLFLOW_SETUP_ADMIN_PASSWORD']
}

function bucketVariables(stack: Stack): readonly string[] {
  const { artifactStore } = stack.spec
  if (artifactStore.kind !== 's3') return []
  return [...Object.keys(storeVariables(stack)), ...objectStoreSecrets(artifactStore)]
}
