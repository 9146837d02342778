import { safeParse } from 'valibot'
import { findContradictions } from '../../src/stack/contradictions.ts'
import { specSchema } from '../../src/stack/spec-schema.ts'
import type { ArtifactStore, Auth, BackendStore, Proxy, Stack, StackSpec, Tls } from '../../src/stack/spec.ts'
import { BUCKET, CONTAINER_POSTGRES, containerBucket, EXISTING_POSTGRES, fakeComposeStack } from './stack.ts'

const BACKENDS: readonly BackendStore[] = [
  CONTAINER_POSTGRES,
  { ...EXISTING_POSTGRES, host: 'localhost', sslMode: 'verify-full', caFile: '/etc/ssl/pg ca.pem' },
  { kind: 'sqlite', path: 'data/mlflow.db' },
]

const FILES: readonly ArtifactStore[] = [
  containerBucket('seaweedfs'),
  containerBucket('rustfs'),
  { ...BUCKET, endpoint: 'https://127.0.0.1:9000', caFile: '/etc/ssl/s3.pem', prefix: 'a b/$c' },
  { kind: 'local', path: 'data/artifacts' },
  { kind: 'local', path: '/mnt/my "big" $disk' },
]

const AUTHS: readonly Auth[] = [
  { kind: 'none' },
  { kind: 'htpasswd', adminUser: 'admin' },
  { kind: 'basic-auth', adminUser: 'admin' },
]

const NGINX: Proxy = { kind: 'container', allowFrom: [] }
const LISTED: Proxy = { kind: 'container', allowFrom: ['10.0.0.0/8', '2001:db8::/32'] }
const NOBODY: Proxy = { kind: 'none' }
const OFF: Tls = { kind: 'off' }
const SIGNED: Tls = { kind: 'self-signed' }
const GIVEN: Tls = { kind: 'files', certificate: '/etc/ssl/ml.pem', key: '/etc/ssl/ml.key' }

/** Who answers where, by what: this machine and others, with a path and without. */
const ADDRESSES: readonly Pick<StackSpec, 'publicUrl' | 'proxy' | 'tls' | 'port'>[] = [
  { publicUrl: 'http://127.0.0.1:18080', proxy: NOBODY, tls: OFF, port: undefined },
  { publicUrl: 'https://ml.example/team', proxy: NOBODY, tls: OFF, port: 15_000 },
  { publicUrl: 'http://localhost:18080', proxy: NGINX, tls: OFF, port: undefined },
  { publicUrl: 'http://ml.example:18080/a.b', proxy: LISTED, tls: OFF, port: undefined },
  { publicUrl: 'https://ml.example', proxy: NGINX, tls: SIGNED, port: undefined },
  { publicUrl: 'https://[::1]:18443/p', proxy: LISTED, tls: SIGNED, port: undefined },
  { publicUrl: 'https://192.0.2.7:18443', proxy: LISTED, tls: GIVEN, port: undefined },
]

/** Every answer that shows in the files of a stack of containers, each with each, as far as a spec may say them together. */
export function allComposeStacks(): readonly Stack[] {
  return [...plainStacks(), ...readyStacks(), ...stacksWithGuests()].filter(({ spec }) => isSpec(spec))
}

/** A ready image has a user of its own. */
function readyStacks(): readonly Stack[] {
  const images = { ...fakeComposeStack(5).spec.images, mlflow: 'harbor.corp:8443/mlflow:3.17.2' }
  return FILES.map((artifactStore) => fakeComposeStack(5, { artifactStore, images }))
}

/** A notebook and a model beside the server. */
function stacksWithGuests(): readonly Stack[] {
  const model = { uri: 'models:/fraud $ "2"/3' }
  return ([4, 5, 6] as const).flatMap((scenario) =>
    AUTHS.flatMap((auth) =>
      [{ notebook: true as const }, { model }, { notebook: true as const, model }].map((guests) =>
        fakeComposeStack(scenario, {
          auth,
          publicUrl: 'https://localhost:18443/p',
          ...guests,
          ...shownStore(scenario),
        }),
      ),
    ),
  )
}

function shownStore(scenario: 4 | 5 | 6): Partial<StackSpec> {
  return scenario === 4 ? { artifactStore: shownAt('https://localhost:18443/p', containerBucket()) } : {}
}

function plainStacks(): readonly Stack[] {
  const scenarios = [3, 4, 5, 6] as const
  return scenarios.flatMap((scenario) =>
    BACKENDS.flatMap((backendStore) =>
      FILES.flatMap((store) =>
        AUTHS.flatMap((auth) =>
          ADDRESSES.map((address) =>
            fakeComposeStack(scenario, {
              backendStore,
              artifactStore: scenario === 4 ? shownAt(address.publicUrl ?? '', store) : store,
              auth,
              ...address,
            }),
          ),
        ),
      ),
    ),
  )
}

/** Clients of scenario 4 go to the store themselves. */
function shownAt(publicUrl: string, store: ArtifactStore): ArtifactStore {
  if (store.kind !== 's3' || store.managed === undefined) return store
  const { protocol, hostname } = new URL(publicUrl)
  return { ...store, publicEndpoint: `${protocol}//${hostname}:19000` }
}

/** As `parseSpec` judges it, without the way through the text, which is long. */
function isSpec(spec: StackSpec): boolean {
  const { success, output } = safeParse(specSchema, { ...spec, service: undefined })
  return success && findContradictions(output).length === 0
}
