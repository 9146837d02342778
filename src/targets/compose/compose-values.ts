// In: a Stack of containers. Out: what its compose.yaml shows.
import { chooseMaxConnections } from '../../stack/database-connections.ts'
import { buildAddresses, TRACKING_PORT, type Addresses } from '../../stack/addresses.ts'
import { keyPrefix, objectStoreOf } from '../../stack/object-store.ts'
import type { Images, S3Store, Stack } from '../../stack/spec.ts'
import { authDatabase } from '../native/postgres.ts'
import type { TemplateValues } from '../template-values.ts'
import { artifactFolder, folderValues } from './artifact-folder.ts'
import { upstreamOf } from './base-images.ts'
import { LOGIN_CONFIG, listed } from './environment.ts'
import { POSTGRES_VOLUME } from './layout.ts'
import { modelValues } from './model.ts'
import { notebookValues } from './notebook.ts'
import { artifactServer, trackingServer, type ContainerServer } from './mlflow.ts'
import { buildContainerAddress } from './public-address.ts'
import { rootValues } from './roots.ts'
import { needsThisMachine, postgresMount, postgresOf, postgresTls } from './stores.ts'
import { dataVolumes } from './volumes.ts'

type ComposeValues = TemplateValues & { readonly images: Readonly<Record<string, string>> }

/** Throws for a stack without a server or without images: answers and spec let none through. */
export function buildComposeValues(stack: Stack): ComposeValues {
  const { spec } = stack
  const addresses = requireAddresses(stack)
  const tracking = trackingServer(stack, addresses)
  const artifacts = artifactServer(stack, addresses)
  return {
    name: spec.name,
    scenario: spec.scenario,
    publicUrl: addresses.publicUrl,
    images: imagesOf(stack),
    built: requireImages(stack).mlflow === 'build',
    hostGateway: needsThisMachine(stack),
    ...rootValues(stack),
    loginMount: spec.auth.kind === 'basic-auth' ? `./jobs/basic_auth.ini:${LOGIN_CONFIG}:ro,z` : false,
    tracking: shown(tracking),
    trackingEnvironment: tracking.withheld.length > 0 || postgresOf(stack) !== undefined,
    artifacts: artifacts === undefined ? false : shown(artifacts),
    ...databaseValues(stack),
    ...storeValues(stack),
    ...folderValues(stack),
    ...proxyValues(stack, addresses),
    model: modelValues(stack, addresses),
    notebook: notebookValues(stack, addresses),
    storeOfClients: spec.scenario === 4 && objectStoreOf(spec)?.managed !== undefined,
  }
}

export function requireAddresses({ spec }: Stack): Addresses {
  const addresses = buildAddresses(spec)
  if (addresses === undefined) throw new Error('a stack of containers without a server')
  return addresses
}

export function requireImages({ spec }: Stack): Images {
  if (spec.images === undefined) throw new Error('a stack of containers without images')
  return spec.images
}

/** The image that MLflow's containers run: the one that is built here has the stack's name. */
export function mlflowImage(stack: Stack): string {
  const { mlflow } = requireImages(stack)
  return mlflow === 'build' ? `mlflow-setup/${stack.spec.name}:${stack.spec.mlflowVersion}` : mlflow
}

/** By the words that the templates have for them. */
export function imagesOf(stack: Stack): Readonly<Record<string, string>> {
  const { nginx, postgres, objectStore } = requireImages(stack)
  return {
    mlflow: mlflowImage(stack),
    upstream: upstreamOf(stack.spec),
    ...(nginx === undefined ? {} : { nginx }),
    ...(postgres === undefined ? {} : { postgres }),
    ...(objectStore === undefined ? {} : { objectStore }),
  }
}

function shown({ command, memory, health, withheld }: ContainerServer): TemplateValues {
  return { command: [...command], memory: inMebibytes(memory), health, withheld: [...withheld] }
}

function inMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}m`
}

const MEBIBYTE = 2 ** 20
/** What PostgreSQL itself takes, and what a connection may add to it while it works. */
const POSTGRES_BYTES = 256 * MEBIBYTE
const CONNECTION_BYTES = 6 * MEBIBYTE

function databaseValues(stack: Stack): TemplateValues {
  const store = postgresOf(stack)
  if (store === undefined) return { database: false, databaseVariables: [], postgres: false }
  const users = stack.spec.auth.kind === 'basic-auth' && store.managed !== false ? [authDatabase(store)] : []
  const maxConnections = chooseMaxConnections(stack.spec)
  const mount = postgresMount(requireImages(stack).postgres ?? '')
  return {
    database: { command: ['python', '/jobs/database.py', ...users] },
    databaseVariables: listed(postgresTls(store)),
    postgres:
      store.managed === false
        ? false
        : {
            maxConnections,
            memory: inMebibytes(POSTGRES_BYTES + maxConnections * CONNECTION_BYTES),
            volume: `${POSTGRES_VOLUME}:${mount}`,
          },
  }
}

function storeValues(stack: Stack): TemplateValues {
  const { scenario, backendStore } = stack.spec
  const store = objectStoreOf(stack.spec)
  const managed = store?.managed
  const local = store === undefined && artifactFolder(stack) === undefined
  const tracking = scenario !== 6
  return {
    store: managed !== undefined,
    seaweedfs: managed === 'seaweedfs',
    rustfs: managed === 'rustfs',
    bucketJob: store === undefined ? false : { command: ['python', '/jobs/bucket.py', ...bucketArguments(store)] },
    bucketOfTracking: store !== undefined && tracking,
    storeOfTracking: managed !== undefined && tracking,
    dataOfTracking: backendStore.kind === 'sqlite' || (local && tracking),
    dataOfArtifacts: local && !tracking,
    // One that is there says itself where it was made: writeComposeFile.
    volumes: dataVolumes(stack).map(({ volume }) => ({ volume, madeIn: stack.directory })),
    dependent: backendStore.kind === 'postgres' || (store !== undefined && tracking),
    internal:
      stack.spec.model !== undefined ||
      managed !== undefined ||
      (backendStore.kind === 'postgres' && backendStore.managed !== false),
  }
}

/** Whoever set the stack up has made the bucket of a store that was there before; there the containers only try it. */
function bucketArguments(store: S3Store): readonly string[] {
  return [store.managed === undefined ? 'look' : 'make', store.bucket, keyPrefix(store)]
}

function proxyValues(stack: Stack, addresses: Addresses): TemplateValues {
  const address = buildContainerAddress(stack)
  if (address === undefined) {
    const published = `127.0.0.1:${addresses.port}:${TRACKING_PORT}`
    return { nginx: false, ports: [published], storePort: false, allowFrom: false }
  }
  return {
    nginx: true,
    ports: [...address.published],
    storePort: address.storePort !== undefined,
    allowFrom: stack.spec.proxy.kind === 'container' && stack.spec.proxy.allowFrom.length > 0,
    health: { host: `Host: ${address.url.host}`, url: address.health },
  }
}
