import { NGINX_IMAGE, POSTGRES_IMAGE, STORE_IMAGES } from '../../src/stack/images.ts'
import type {
  ContainerPostgres,
  ExistingPostgres,
  Images,
  ManagedObjectStore,
  ManagedPostgres,
  S3Store,
  Scenario,
  Stack,
  StackSpec,
} from '../../src/stack/spec.ts'

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

/** A database server that was there before, with the role that MLflow uses. */
export const EXISTING_POSTGRES: ExistingPostgres = {
  kind: 'postgres',
  managed: false,
  host: 'db.example',
  port: 5433,
  database: 'runs',
  user: 'mlflow',
  sslMode: 'require',
  caFile: undefined,
  admin: 'none',
}

export const CONTAINER_POSTGRES: ContainerPostgres = {
  kind: 'postgres',
  managed: 'container',
  database: 'mlflow',
  user: 'mlflow',
}

/** A bucket of a store that is a container of the stack's own. Clients of scenario 4 find it at `publicEndpoint`. */
export function containerBucket(managed: ManagedObjectStore = 'seaweedfs', publicEndpoint?: string): S3Store {
  return { ...BUCKET, managed, endpoint: 'http://object-store:8333', publicEndpoint }
}

const CONTAINERS = {
  target: 'compose',
  service: 'none',
  python: undefined,
  port: undefined,
  artifactsPort: undefined,
} as const satisfies Partial<StackSpec>

/** What a secured stack of containers has: everything in it, nginx with login and TLS. */
const SECURED_CONTAINERS = {
  ...SECURED,
  ...CONTAINERS,
  backendStore: CONTAINER_POSTGRES,
  artifactStore: containerBucket(),
  proxy: { kind: 'container', allowFrom: [] },
} as const satisfies Partial<StackSpec>

/** A stack of containers: scenario 3 as small as it can be, the others secured and with everything in them. */
export function fakeComposeStack(
  scenario: 3 | 4 | 5 | 6 = 5,
  changes: Partial<StackSpec> = {},
  directory = '/home/ada/mlflow',
): Stack {
  const secured = scenario === 3 ? CONTAINERS : SECURED_CONTAINERS
  const shown = scenario === 4 ? { artifactStore: containerBucket('seaweedfs', 'https://ml.example:9000') } : {}
  const stack = fakeStack(scenario, { ...secured, ...shown, ...changes }, directory)
  return { directory, spec: { ...stack.spec, images: changes.images ?? imagesFor(stack.spec) } }
}

function imagesFor({ proxy, backendStore, artifactStore }: StackSpec): Images {
  const store = artifactStore.kind === 's3' ? artifactStore.managed : undefined
  const database = backendStore.kind === 'postgres' && backendStore.managed === 'container'
  return {
    mlflow: 'build',
    nginx: proxy.kind === 'container' ? NGINX_IMAGE : undefined,
    postgres: database ? POSTGRES_IMAGE : undefined,
    objectStore: store === undefined ? undefined : STORE_IMAGES[store],
  }
}
