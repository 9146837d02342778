// In: a scenario. Out: real MLflow servers on a real bucket behind our nginx, as a stack of that scenario, without its installation.
import { writeFile } from 'node:fs/promises'
import type { CommandContext } from '../../src/commands/command-context.ts'
import { buildProofSubject } from '../../src/commands/test-subject.ts'
import type { ProofSubject } from '../../src/commands/test-subject.ts'
import { buildBucketLogin, bucketUri } from '../../src/stack/object-store.ts'
import type { S3Store, Stack, StackSpec } from '../../src/stack/spec.ts'
import { buildLayout } from '../../src/targets/native/layout.ts'
import { clientCaFile } from '../../src/targets/native/proxy-certificate.ts'
import { Secret } from '../../src/secret.ts'
import { BUCKET } from '../fakes/stack.ts'
import { freePort, startMlflow } from './mlflow-server.ts'
import type { RunningServer } from './mlflow-server.ts'
import { PASSWORD, findNginxProgram, startProxy } from './nginx-server.ts'
import type { Proxied } from './nginx-server.ts'
import { startStorage } from './storage-server.ts'
import type { StorageServer } from './storage-server.ts'
import { realPorts } from './services.ts'

export interface DeployedWish {
  /** `localhost`, or an address of this machine on which nginx is to listen too. */
  readonly host?: string
  readonly tls?: StackSpec['tls']
  /** Changes of the bucket's settings, such as an endpoint of the clients' own. */
  readonly store?: Partial<S3Store>
}

export interface Deployed {
  readonly stack: Stack
  readonly publicUrl: string
  readonly storage: StorageServer
  readonly tracking: RunningServer
  readonly nginx: Proxied
  /** PEM file that clients need. */
  readonly rootCertificate: string
  /** What our own test client makes of the stack. */
  subject(): Promise<ProofSubject>
  stop(): Promise<void>
}

/** versitygw is the quickest of the stores, and as strict as AWS. Login: admin, PASSWORD. */
export async function startDeployed(scenario: 4 | 5 | 6, wish: DeployedWish = {}): Promise<Deployed> {
  const host = wish.host ?? 'localhost'
  const tls = wish.tls ?? { kind: 'self-signed' }
  const publicUrl = `${tls.kind === 'off' ? 'http' : 'https'}://${host}:${await freePort()}`
  const storage = await startStorage('versitygw')
  const store: S3Store = { ...BUCKET, bucket: 'artifacts', prefix: 'team', endpoint: storage.endpoint, ...wish.store }
  await makeBucket(store, storage)
  const [tracking, artifacts] = await startServers(scenario, store, storage, new URL(publicUrl))
  const nginx = await startProxy({
    scenario,
    publicUrl,
    port: portIn(tracking.url),
    artifactsPort: artifacts === undefined ? undefined : portIn(artifacts.url),
    artifactStore: store,
    auth: { kind: 'htpasswd', adminUser: 'admin' },
    tls,
    proxy: { kind: 'managed', program: findNginxProgram() ?? 'nginx', allowFrom: [] },
  })
  await writeFile(buildLayout(nginx.stack.directory).env, environmentFile(storage), { mode: 0o600 })
  return {
    stack: nginx.stack,
    publicUrl,
    storage,
    tracking,
    nginx,
    rootCertificate: clientCaFile(nginx.stack) ?? '',
    subject: () => buildProofSubject(contextOf(), nginx.stack),
    stop: async () => {
      await nginx.stop()
      for (const server of [tracking, artifacts]) await server?.stop()
      await storage.stop()
    },
  }
}

async function makeBucket(store: S3Store, { keys, endpoint }: StorageServer): Promise<void> {
  const secrets = { AWS_ACCESS_KEY_ID: new Secret(keys.id), AWS_SECRET_ACCESS_KEY: new Secret(keys.secret) }
  const bucket = await realPorts().objectStores.open(buildBucketLogin(store, endpoint, secrets))
  await bucket.create(AbortSignal.timeout(30_000))
  bucket.close()
}

async function startServers(
  scenario: 4 | 5 | 6,
  store: S3Store,
  { keys, endpoint }: StorageServer,
  { host, hostname, origin }: URL,
): Promise<readonly [RunningServer, RunningServer?]> {
  const env = {
    AWS_ACCESS_KEY_ID: keys.id,
    AWS_SECRET_ACCESS_KEY: keys.secret,
    AWS_DEFAULT_REGION: store.region,
    MLFLOW_S3_ENDPOINT_URL: endpoint,
    MLFLOW_SERVER_ALLOWED_HOSTS: [host, hostname, 'localhost:*', '127.0.0.1:*'].join(','),
    MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: origin,
  }
  const root = bucketUri(store)
  if (scenario === 4) {
    return [await startMlflow({ args: ['--no-serve-artifacts', '--default-artifact-root', root], env })]
  }
  if (scenario === 5) return [await startMlflow({ args: ['--artifacts-destination', root], env })]
  const artifacts = await startMlflow({
    args: ['--artifacts-only', '--artifacts-destination', root],
    env,
    backend: false,
  })
  // It has no keys: the artifact server is its store.
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...withoutKeys } = env
  const destination = `${artifacts.url}/api/2.0/mlflow-artifacts/artifacts`
  return [await startMlflow({ args: ['--artifacts-destination', destination], env: withoutKeys }), artifacts]
}

function environmentFile({ keys }: StorageServer): string {
  const lines = {
    MLFLOW_SETUP_ADMIN_PASSWORD: PASSWORD,
    AWS_ACCESS_KEY_ID: keys.id,
    AWS_SECRET_ACCESS_KEY: keys.secret,
  }
  return Object.entries(lines)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('')
}

function contextOf(): Pick<CommandContext, 'files' | 'http' | 'env' | 'signal' | 'publicRoots'> {
  const { files, http, env, publicRoots } = realPorts()
  return { files, http, env, publicRoots, signal: AbortSignal.timeout(120_000) }
}

function portIn(url: string): number {
  return Number(new URL(url).port)
}
