// In: a Stack. Out: MLflow's own services: the tracking server and, in scenario 6, the artifact server.
import { buildAddresses, type Addresses } from '../../stack/addresses.ts'
import { objectStoreSecrets } from '../../stack/object-store.ts'
import { limitMemory } from '../../stack/sizing.ts'
import type { Stack } from '../../stack/spec.ts'
import type { Service } from '../service.ts'
import { buildLayout, isForTeam, localStores } from './layout.ts'
import { serverLogin } from './login.ts'
import { objectStoreVariables } from './object-store.ts'
import { postgresVariables } from './postgres.ts'
import { artifactsUri } from './written-files.ts'

/** Where an artifact server takes files, below its prefix. */
export const ARTIFACTS_API = '/api/2.0/mlflow-artifacts/artifacts'
/** It waits for disk and network most of the time: PERFORMANCE.md section 2 was measured with two. */
export const MOST_ARTIFACT_WORKERS = 2

/** Empty in scenarios 1 and 2. */
export function mlflowServices(stack: Stack): readonly Service[] {
  const addresses = buildAddresses(stack.spec)
  if (addresses === undefined) return []
  const { artifactsPort } = stack.spec
  const tracking = trackingServer(stack, addresses)
  return artifactsPort === undefined ? [tracking] : [tracking, artifactServer(stack, addresses, artifactsPort)]
}

function trackingServer(stack: Stack, addresses: Addresses): Service {
  const { spec, directory } = stack
  const { serverLog } = buildLayout(directory)
  const args = [...whereFilesAre(stack, addresses), ...serverLogin(stack).args]
  // What the tracking server of scenario 6 does not have, nobody can take from it.
  const withheld = spec.scenario === 6 ? bucketVariables(stack) : []
  return {
    ...commonOf(stack, args, spec.workers),
    name: 'mlflow',
    log: serverLog,
    withheld: [...adminPassword(stack), ...withheld],
    health: { kind: 'http', url: `${addresses.localUrl}/health` },
    port: addresses.port,
  }
}

function artifactServer(stack: Stack, addresses: Addresses, port: number): Service {
  const { spec, directory } = stack
  const workers = Math.min(spec.workers, MOST_ARTIFACT_WORKERS)
  const args = [
    '--artifacts-only',
    `--artifacts-destination=${artifactsUri(spec.artifactStore)}`,
    `--port=${port}`,
    `--workers=${workers}`,
  ]
  return {
    ...commonOf(stack, args, workers),
    name: 'artifacts',
    log: buildLayout(directory).artifactsLog,
    // One of them more, and MLflow refuses to start as an artifact server.
    withheld: [...adminPassword(stack), 'MLFLOW_BACKEND_STORE_URI', ...databaseVariables(stack), ...CIPHERS],
    health: { kind: 'http', url: `http://${addresses.host}:${port}${addresses.staticPrefix}/health` },
    port,
  }
}

function commonOf(stack: Stack, args: readonly string[], workers: number) {
  const { spec, directory } = stack
  const { env, python, temporary, bytecode } = buildLayout(directory)
  const team = isForTeam(stack)
  return {
    // By module, not by venv/bin/mlflow: its first line names the old place after the directory was moved.
    command: { file: python, args: ['-m', 'mlflow', 'server', ...args], env: {} },
    environmentFile: env,
    workingDirectory: directory,
    writes: [...localStores(stack), ...(team ? [temporary] : []), ...(spec.runAs === undefined ? [] : [bytecode])],
    ...(spec.runAs === undefined ? {} : { user: spec.runAs }),
    stopSignal: 'SIGTERM',
    ...(team ? { memoryBytes: limitMemory({ workers, environment: spec.environment }) } : {}),
    // A first start compiles 2400 modules: 8 s on an idle machine, 95 s seen on a busy one (MLFLOW.md section 6).
    startTimeoutMs: 240_000,
    // A running upload may end; uvicorn itself has no limit.
    stopTimeoutMs: 40_000,
  } as const
}

/**
 * Scenario 6: the artifact server is the tracking server's own artifact store. Without that the UI shows no files: with
 * `--no-serve-artifacts` a root `mlflow-artifacts:/` is resolved against the tracking URI, which the server overwrites
 * with its database's (3.17.2, server/handlers.py, _get_tracking_store); a root `https://…` would tie every experiment
 * to the public address of its day.
 */
function whereFilesAre({ spec }: Stack, { host, staticPrefix }: Addresses): readonly string[] {
  const { scenario, artifactStore, artifactsPort } = spec
  if (scenario === 4) return ['--no-serve-artifacts', '--default-artifact-root', artifactsUri(artifactStore)]
  if (artifactsPort === undefined) return []
  return [
    '--serve-artifacts',
    '--artifacts-destination',
    `http://${host}:${artifactsPort}${staticPrefix}${ARTIFACTS_API}`,
  ]
}

/** For the values that the tracking server keeps encrypted in the database. */
export const CIPHERS = ['MLFLOW_CRYPTO_KEK_PASSPHRASE', 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY']

/** Of nginx's first user; MLflow's own login reads another variable. */
function adminPassword({ spec }: Stack): readonly string[] {
  return spec.auth.kind === 'none' ? [] : ['MLFLOW_SETUP_ADMIN_PASSWORD']
}

function bucketVariables(stack: Stack): readonly string[] {
  const { artifactStore } = stack.spec
  if (artifactStore.kind !== 's3') return []
  return [...Object.keys(objectStoreVariables(stack)), ...objectStoreSecrets(artifactStore)]
}

function databaseVariables(stack: Stack): readonly string[] {
  return stack.spec.backendStore.kind === 'postgres' ? [...Object.keys(postgresVariables(stack)), 'PGPASSWORD'] : []
}
