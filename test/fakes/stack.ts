import type { ManagedPostgres, S3Store, Scenario, Stack, StackSpec } from '../../src/stack/spec.ts'

const WITHOUT_SERVER = { publicUrl: undefined, service: 'none', workers: 0 } as const

/** A cluster of the stack's own, with the distribution's programs. */
export const MANAGED_POSTGRES: ManagedPostgres = {
  kind: 'postgres',
  managed: true,
  database: 'mlflow',
  user: 'mlflow',
  programs: '/usr/lib/postgresql/15/bin',
}

/** A bucket of a store on the same network, which clients cannot reach unless `publicEndpoint` says so. */
export const BUCKET: S3Store = {
  kind: 's3',
  bucket: 'mlflow',
  prefix: '',
  region: 'us-east-1',
  endpoint: 'http://10.0.0.5:9000',
  publicEndpoint: undefined,
  addressing: 'path',
  checksums: 'when_required',
  caFile: undefined,
  credentials: 'keys',
}

/** What a secured server for a team has, over what `fakeStack` gives: PostgreSQL, a bucket, nginx with login and TLS. */
export const SECURED = {
  publicUrl: 'https://ml.example',
  port: 5000,
  backendStore: MANAGED_POSTGRES,
  artifactStore: BUCKET,
  proxy: { kind: 'managed', program: '/usr/sbin/nginx', allowFrom: [] },
  auth: { kind: 'htpasswd', adminUser: 'admin' },
  tls: { kind: 'self-signed' },
  workers: 2,
} as const satisfies Partial<StackSpec>

/**
 * A stack of the given scenario: 1, 2, 3 and 5 as small as they can be, 4 and 6 secured, with PostgreSQL, a bucket and
 * nginx. `{ ...SECURED }` makes a 5 of the same kind.
 */
export function fakeStack(
  scenario: Scenario = 3,
  changes: Partial<StackSpec> = {},
  directory = '/home/ada/mlflow',
): Stack {
  const spec: StackSpec = {
    schemaVersion: 1,
    name: 'mlflow',
    scenario,
    target: 'native',
    mlflowVersion: '3.17.2',
    publicUrl: 'http://127.0.0.1:5000',
    port: undefined,
    backendStore: scenario === 1 ? { kind: 'file', path: 'data/mlruns' } : { kind: 'sqlite', path: 'data/mlflow.db' },
    artifactStore: { kind: 'local', path: scenario === 1 ? 'data/mlruns' : 'data/artifacts' },
    artifactsPort: undefined,
    proxy: { kind: 'none' },
    auth: { kind: 'none' },
    tls: { kind: 'off' },
    runAs: undefined,
    service: 'background',
    python: '/usr/bin/python3',
    images: undefined,
    workers: 1,
    environment: {},
    ...(scenario <= 2 ? WITHOUT_SERVER : {}),
    ...(scenario === 4 || scenario === 6 ? SECURED : {}),
    ...(scenario === 6 ? { artifactsPort: 5001 } : {}),
    ...changes,
  }
  return { directory, spec }
}
