// In: a Stack. Out: ClientEnvironment, what the clients of its scenario need: variables and packages, and nothing more.
import { UserError } from '../errors.ts'
import type { S3Store, Stack } from './spec.ts'

/** One variable. A secret is named, not held: it stands in the stack's `.env`. What nobody but its owner knows is described. */
export type ClientVariable =
  | { readonly name: string; readonly value: string; readonly file?: true }
  | { readonly name: string; readonly secret: string; readonly optional?: true }
  | { readonly name: string; readonly unknown: string }

export interface ClientEnvironment {
  /** In an order that reads well. `file` marks the path of a file on this machine, which other machines need a copy of. */
  readonly variables: readonly ClientVariable[]
  /** What to install, as pip takes it. */
  readonly packages: readonly string[]
}

/** What only the target knows. */
export interface ClientPaths {
  /** MLFLOW_TRACKING_URI where there is no server, scenarios 1 and 2. */
  readonly localTrackingUri: () => string
  /** PEM file with the root that clients must be given; absent: there is no TLS, or the world trusts the certificate. */
  readonly rootCertificate?: string
}

export interface ClientWish {
  /** Another user than the first one: its password is not in the stack. */
  readonly user?: string
  /** The AWS profile that holds what is needed for the bucket; undefined: variables hold it. */
  readonly profile?: string
}

/** Scenarios 5 and 6 never need keys: their files go through the server. */
export function buildClientEnvironment(stack: Stack, paths: ClientPaths, wish: ClientWish = {}): ClientEnvironment {
  const { spec } = stack
  const mlflow = `mlflow==${spec.mlflowVersion}`
  const store = spec.scenario === 4 && spec.artifactStore.kind === 's3' ? spec.artifactStore : undefined
  return {
    variables: [
      { name: 'MLFLOW_TRACKING_URI', value: spec.publicUrl ?? paths.localTrackingUri() },
      ...loginVariables(stack, wish),
      ...(paths.rootCertificate === undefined
        ? []
        : [{ name: 'MLFLOW_TRACKING_SERVER_CERT_PATH', value: paths.rootCertificate, file: true } as const]),
      ...(spec.publicUrl === undefined ? scriptVariables(stack) : []),
      ...(store === undefined ? [] : storeVariables(store, paths, wish.profile)),
    ],
    packages: store === undefined ? [mlflow] : [mlflow, 'boto3'],
  }
}

/** The address of the bucket's store as clients reach it; undefined for AWS itself. */
export function clientEndpointOf(store: S3Store): string | undefined {
  return store.publicEndpoint ?? store.endpoint
}

/** PEM file of the roots for the bucket's store; the stack's own where nginx leads clients to a store in a container. */
export function clientStoreRoots(store: S3Store, { rootCertificate }: ClientPaths): string | undefined {
  return store.managed === undefined ? store.caFile : rootCertificate
}

function loginVariables({ spec }: Stack, { user }: ClientWish): readonly ClientVariable[] {
  if (spec.auth.kind === 'none') {
    if (user === undefined) return []
    throw new UserError('client.no-users', `The stack ${spec.name} asks nobody for a password.`, {
      because: 'It was set up without users.',
      hint: { text: 'Leave out --user.', command: 'mlflow-setup client' },
    })
  }
  const name = user ?? spec.auth.adminUser
  return [
    { name: 'MLFLOW_TRACKING_USERNAME', value: name },
    name === spec.auth.adminUser
      ? { name: 'MLFLOW_TRACKING_PASSWORD', secret: 'MLFLOW_SETUP_ADMIN_PASSWORD' }
      : { name: 'MLFLOW_TRACKING_PASSWORD', unknown: `the password of ${name}` },
  ]
}

/** Without a server the user's own settings are for scripts; with one they are the server's. */
function scriptVariables({ spec }: Stack): readonly ClientVariable[] {
  return [
    spec.backendStore.kind === 'file'
      ? { name: 'MLFLOW_ALLOW_FILE_STORE', value: 'true' }
      : { name: 'MLFLOW_EXPERIMENT_NAME', value: spec.name },
    ...Object.entries(spec.environment).map(([name, value]) => ({ name, value })),
  ]
}

function storeVariables(store: S3Store, paths: ClientPaths, profile: string | undefined): readonly ClientVariable[] {
  // A profile called default is the one that counts when none is named.
  if (profile !== undefined)
    return [...(profile === 'default' ? [] : [{ name: 'AWS_PROFILE', value: profile }]), ...addressingVariable(store)]
  const endpoint = clientEndpointOf(store)
  const roots = clientStoreRoots(store, paths)
  return [
    ...(endpoint === undefined ? [] : [{ name: 'MLFLOW_S3_ENDPOINT_URL', value: endpoint }]),
    ...(store.credentials === 'role' ? [] : KEYS),
    { name: 'AWS_DEFAULT_REGION', value: store.region },
    ...(store.checksums === 'when_supported' ? [] : CHECKSUMS),
    ...addressingVariable(store),
    ...(roots === undefined ? [] : [{ name: 'AWS_CA_BUNDLE', value: roots, file: true } as const]),
  ]
}

const KEYS: readonly ClientVariable[] = [
  { name: 'AWS_ACCESS_KEY_ID', secret: 'AWS_ACCESS_KEY_ID' },
  { name: 'AWS_SECRET_ACCESS_KEY', secret: 'AWS_SECRET_ACCESS_KEY' },
  { name: 'AWS_SESSION_TOKEN', secret: 'AWS_SESSION_TOKEN', optional: true },
]

const CHECKSUMS: readonly ClientVariable[] = [
  { name: 'AWS_REQUEST_CHECKSUM_CALCULATION', value: 'when_required' },
  { name: 'AWS_RESPONSE_CHECKSUM_VALIDATION', value: 'when_required' },
]

/**
 * Only where it is not what boto3 does by itself: the bucket in the path for an endpoint, in the host name for AWS
 * (botocore args.py). MLflow hands its own setting to boto3, so one in a profile does not count there.
 */
function addressingVariable(store: S3Store): readonly ClientVariable[] {
  const usual = clientEndpointOf(store) === undefined ? 'virtual' : 'path'
  return store.addressing === usual ? [] : [{ name: 'MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE', value: store.addressing }]
}
