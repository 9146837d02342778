// In: Answers. Out: the stores of a stack that are servers; and back again.
import type { Answers } from '../answers/answers.ts'
import { inContainers, usesOthersS3, usesPostgres, usesS3 } from '../answers/conditions.ts'
import { needed } from './needed-answer.ts'
import { OWN_STORE } from './object-store.ts'
import type { PostgresStore, S3Store, StackSpec } from './spec.ts'

/** Where the stores are when nobody says otherwise, below the stack directory. */
export const SQLITE_FILE = 'data/mlflow.db'
export const FILE_STORE = 'data/mlruns'
export const ARTIFACTS = 'data/artifacts'

/** Undefined where the runs are not in PostgreSQL. */
export function postgresFrom(answers: Partial<Answers>): PostgresStore | undefined {
  if (!usesPostgres(answers)) return undefined
  const names = { database: needed(answers, 'postgresDatabase'), user: needed(answers, 'postgresUser') }
  if (needed(answers, 'postgres') === 'managed' && inContainers(answers))
    return { kind: 'postgres', managed: 'container', ...names }
  if (needed(answers, 'postgres') === 'managed')
    return { kind: 'postgres', managed: true, ...names, programs: needed(answers, 'postgresPrograms') }
  const caFile = needed(answers, 'postgresCaFile')
  return {
    kind: 'postgres',
    managed: false,
    host: needed(answers, 'postgresHost'),
    port: needed(answers, 'postgresPort'),
    ...names,
    sslMode: needed(answers, 'postgresSslmode'),
    caFile: caFile === 'system' ? undefined : caFile,
    admin: needed(answers, 'postgresAdmin'),
  }
}

/**
 * Undefined where the files are not in a bucket. How the store wants to be talked to is what every store understands,
 * where the answers leave it to be found out: see `settleStore`.
 */
export function s3From(answers: Partial<Answers>): S3Store | undefined {
  if (!usesS3(answers)) return undefined
  if (!usesOthersS3(answers)) return managedS3From(answers)
  const given = needed(answers, 's3Endpoint')
  const endpoint = given === 'aws' ? undefined : given
  const { s3PublicEndpoint, s3CaFile } = answers
  const addressing = needed(answers, 's3Addressing')
  const checksums = needed(answers, 's3Checksums')
  return {
    kind: 's3',
    bucket: needed(answers, 's3Bucket'),
    prefix: needed(answers, 's3Prefix'),
    region: needed(answers, 's3Region'),
    endpoint,
    publicEndpoint: s3PublicEndpoint === 'none' ? undefined : s3PublicEndpoint,
    addressing: addressing === 'auto' ? (endpoint === undefined ? 'virtual' : 'path') : addressing,
    checksums: checksums === 'auto' ? (endpoint === undefined ? 'when_supported' : 'when_required') : checksums,
    caFile: s3CaFile === 'system' ? undefined : s3CaFile,
    credentials: needed(answers, 's3Credentials'),
  }
}

function managedS3From(answers: Partial<Answers>): S3Store {
  const { managedS3, s3PublicEndpoint = 'none' } = answers
  return {
    kind: 's3',
    managed: managedS3 === 'rustfs' ? 'rustfs' : 'seaweedfs',
    bucket: needed(answers, 's3Bucket'),
    prefix: needed(answers, 's3Prefix'),
    publicEndpoint: s3PublicEndpoint === 'none' ? undefined : s3PublicEndpoint,
    ...OWN_STORE,
  }
}

/** The answers that lead to these stores. */
export function answersFromStores({ backendStore, artifactStore, target }: StackSpec): Partial<Answers> {
  return {
    ...(backendStore.kind === 'file' ? {} : { backendStore: backendWord(backendStore) }),
    ...(backendStore.kind === 'postgres' ? answersFromPostgres(backendStore) : {}),
    ...(target === 'compose' && artifactStore.kind === 's3' && artifactStore.managed === undefined
      ? { managedS3: 'none' as const }
      : {}),
    ...(artifactStore.kind === 's3' ? answersFromS3(artifactStore) : { artifactStore: folderWord(artifactStore.path) }),
  }
}

function backendWord(store: Exclude<StackSpec['backendStore'], { kind: 'file' }>): string {
  if (store.kind === 'postgres') return 'postgres'
  return store.path === SQLITE_FILE ? 'sqlite' : asPath(store.path)
}

function folderWord(path: string): string {
  return path === ARTIFACTS ? 'local' : asPath(path)
}

/** Nobody takes it for a word, nor for an address. */
function asPath(path: string): string {
  return /^[^/:]*\//.test(path) ? path : `./${path}`
}

function answersFromPostgres(store: PostgresStore): Partial<Answers> {
  const names = { postgresDatabase: store.database, postgresUser: store.user }
  if (store.managed === 'container') return { postgres: 'managed', ...names }
  if (store.managed) return { postgres: 'managed', postgresPrograms: store.programs, ...names }
  return {
    postgres: 'existing',
    ...names,
    postgresHost: store.host,
    postgresPort: store.port,
    postgresSslmode: store.sslMode,
    postgresCaFile: store.caFile ?? 'system',
    postgresAdmin: store.admin,
  }
}

function answersFromS3(store: S3Store): Partial<Answers> {
  return {
    artifactStore: 's3',
    s3Bucket: store.bucket,
    s3Prefix: store.prefix,
    ...(store.managed === undefined
      ? answersFromOthersS3(store)
      : {
          managedS3: store.managed,
          ...(store.publicEndpoint === undefined ? {} : { s3PublicEndpoint: store.publicEndpoint }),
        }),
  }
}

function answersFromOthersS3(store: S3Store): Partial<Answers> {
  return {
    s3Region: store.region,
    s3Endpoint: store.endpoint ?? 'aws',
    ...(store.endpoint === undefined
      ? {}
      : { s3PublicEndpoint: store.publicEndpoint ?? 'none', s3CaFile: store.caFile ?? 'system' }),
    s3Addressing: store.addressing,
    s3Checksums: store.checksums,
    s3Credentials: store.credentials,
  }
}
