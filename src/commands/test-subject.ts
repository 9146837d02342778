// In: a Stack. Out: ProofSubject, its server as clients meet it: by its public address, with login and certificate.
import { Secret, type Secrets } from '../secret.ts'
import { buildAddresses } from '../stack/addresses.ts'
import {
  buildClientEnvironment,
  clientEndpointOf,
  clientStoreRoots,
  type ClientPaths,
} from '../stack/client-environment.ts'
import { buildBucketLogin, objectStoreOf } from '../stack/object-store.ts'
import type { Stack } from '../stack/spec.ts'
import { localTrackingUri } from '../targets/native/layout.ts'
import { clientCaFile } from '../targets/native/proxy-certificate.ts'
import { isStoreHidden } from '../targets/native/site-values.ts'
import { buildPublicAddress } from '../targets/native/public-address.ts'
import type { PublicAddress } from '../targets/native/public-address.ts'
import { findDetour } from '../test-client/find-detour.ts'
import type { PythonClient } from '../test-client/prove-by-python.ts'
import type { Promises, TestSubject } from '../test-client/step.ts'
import { fillVariables, readStackSecrets } from './client-secrets.ts'
import type { CommandContext } from './command-context.ts'
import { findClientPaths } from './find-client-paths.ts'

/** What looking at the stack from outside takes. */
type Context = Pick<CommandContext, 'files' | 'http' | 'env' | 'signal' | 'publicRoots'>

export interface ProofSubject {
  readonly subject: TestSubject
  /** What the Python client of this stack has, beside address, login and certificate. */
  readonly client: Pick<PythonClient, 'env' | 'secrets' | 'withoutHome'>
  /** Files of this machine that these variables name. */
  readonly clientFiles: readonly string[]
  /** Why it is proven past DNS; absent: by the public name, or there is none. */
  readonly detour?: string
}

/** Past a proxy that the user has yet to set up, but through nginx where that is the stack's. */
export async function buildProofSubject(context: Context, stack: Stack): Promise<ProofSubject> {
  const secrets = await readStackSecrets(context, stack)
  const { auth } = stack.spec
  const address = buildPublicAddress(stack.spec)
  const caFile = clientCaFile(stack)
  const paths = await findClientPaths(context, stack)
  const common = {
    trackingUri: addressOf(stack, address),
    user: auth.kind === 'none' ? undefined : auth.adminUser,
    password: auth.kind === 'none' ? undefined : secrets['MLFLOW_SETUP_ADMIN_PASSWORD'],
    ca: caFile === undefined ? undefined : await context.files.readText(caFile),
    ...(await bucketOf(context, stack, paths, secrets)),
  }
  const clients = clientOf(context, stack, paths, secrets)
  if (address === undefined) return { subject: common, ...clients }
  const subject = { ...common, promises: promisesOf(stack, address) }
  const detour = address.loopback ? undefined : await detourOf(context, subject, address)
  if (detour === undefined) return { subject, ...clients }
  const { why, ...connectTo } = detour
  return { subject: { ...subject, connectTo }, ...clients, detour: why }
}

function addressOf(stack: Stack, address: PublicAddress | undefined): string {
  if (address !== undefined && stack.spec.publicUrl !== undefined) return stack.spec.publicUrl
  return buildAddresses(stack.spec)?.localUrl ?? localTrackingUri(stack)
}

function promisesOf(stack: Stack, address: PublicAddress): Promises {
  const { spec } = stack
  const { artifactStore, scenario } = spec
  const plain = `http://${address.url.hostname}${address.staticPrefix}`
  return {
    login: spec.auth.kind !== 'none',
    ...(address.redirectFrom.length === 0 ? {} : { redirectFrom: plain }),
    innerPorts: [spec.port, spec.artifactsPort].filter((port) => port !== undefined),
    storeReachable: artifactStore.kind !== 's3' || scenario === 4 || !isStoreHidden(stack),
  }
}

function detourOf(context: Context, subject: TestSubject, address: PublicAddress) {
  const listensAt = { host: new URL(address.localOrigin).hostname, port: address.port }
  return findDetour(subject, listensAt, context.http, context.signal)
}

/** The test client gets address, login and certificate by itself. */
const BY_ITSELF = /^MLFLOW_TRACKING_/

function clientOf(
  context: Context,
  stack: Stack,
  paths: ClientPaths,
  secrets: Secrets,
): Pick<ProofSubject, 'client' | 'clientFiles'> {
  const environment = buildClientEnvironment(stack, paths)
  const variables = fillVariables(environment, secrets, stack).filter(({ name }) => !BY_ITSELF.test(name))
  const own = hasOwnKeys(stack) ? Object.entries(context.env).filter(([name]) => name.startsWith('AWS_')) : []
  const plain = variables.flatMap(({ name, value }) => (typeof value === 'string' ? [[name, value] as const] : []))
  const hidden = variables.flatMap(({ name, value }) => (value instanceof Secret ? [[name, value] as const] : []))
  return {
    client: {
      env: Object.fromEntries([...own, ...plain]),
      secrets: Object.fromEntries(hidden),
      withoutHome: stack.spec.publicUrl !== undefined && !hasOwnKeys(stack),
    },
    clientFiles: variables.flatMap(({ value, file }) => (file === true && typeof value === 'string' ? [value] : [])),
  }
}

/** In scenario 4 the test client goes to the bucket as the clients do, with the keys and by the address that they have. */
async function bucketOf({ files }: Context, { spec }: Stack, paths: ClientPaths, secrets: Secrets) {
  const store = objectStoreOf(spec)
  if (spec.scenario !== 4 || store === undefined) return {}
  const roots = clientStoreRoots(store, paths)
  const bucketCa = roots === undefined ? undefined : await files.readText(roots)
  return {
    bucket: buildBucketLogin({ ...store, caFile: roots }, clientEndpointOf(store), secrets),
    ...(bucketCa === undefined ? {} : { bucketCa }),
  }
}

/** Clients of scenario 4 whose bucket has no keys of the stack's bring what they are given themselves. */
function hasOwnKeys({ spec }: Stack): boolean {
  return spec.scenario === 4 && spec.artifactStore.kind === 's3' && spec.artifactStore.credentials === 'role'
}
