import { describe, expect, it } from 'vitest'
import { resolveAnswers } from '../../../src/answers/resolve.ts'
import { buildRepeatCommand } from '../../../src/commands/repeat-command.ts'
import { UserError } from '../../../src/errors.ts'
import { answersFromStack, stackFromAnswers } from '../../../src/stack/from-answers.ts'
import { parseSpec } from '../../../src/stack/spec-file.ts'
import type { StackSpec } from '../../../src/stack/spec.ts'
import { renderSpec } from '../../../src/stack/write-spec.ts'
import { fakeFacts, READY_ENGINE } from '../../fakes/facts.ts'
import { BUCKET, containerBucket, EXISTING_POSTGRES, fakeComposeStack } from '../../fakes/stack.ts'

const DIGEST = `sha256:${'0'.repeat(64)}`

function faultsOf(text: string): readonly string[] {
  try {
    parseSpec(text, 'mlflow-setup.yaml')
    return []
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ message }) => message)
    throw error
  }
}

describe('a spec of containers', () => {
  it.each([3, 4, 5, 6] as const)('of scenario %i is written, readable, and comes back', async (scenario) => {
    const { spec } = fakeComposeStack(scenario)
    const text = renderSpec(spec, undefined)
    await expect(text).toMatchFileSnapshot(`../../snapshots/compose/scenario-${scenario}/mlflow-setup.yaml`)
    expect(parseSpec(text, 'f')).toEqual(spec)
  })

  it.each<Partial<StackSpec>>([
    { backendStore: EXISTING_POSTGRES, artifactStore: BUCKET },
    { artifactStore: { ...BUCKET, endpoint: undefined, addressing: 'virtual', credentials: 'role' } },
    { artifactStore: { ...containerBucket('rustfs'), prefix: 'a/b' } },
    { artifactStore: { kind: 'local', path: '/mnt/my artifacts' } },
    {
      backendStore: { kind: 'sqlite', path: 'data/mlflow.db' },
      artifactStore: { kind: 'local', path: 'data/artifacts' },
    },
    { proxy: { kind: 'container', allowFrom: ['10.0.0.0/8', '2001:db8::/32'] } },
    { tls: { kind: 'files', certificate: '/etc/ssl/a b.pem', key: '/etc/ssl/a.key' } },
    {
      images: {
        mlflow: 'build',
        base: 'harbor.corp/mlflow:v3.17.2',
        nginx: 'n:1',
        postgres: 'p:16',
        objectStore: 's:4',
      },
    },
    { images: { mlflow: `harbor.corp:8443/mlflow@${DIGEST}`, nginx: 'n:1', postgres: 'p:16', objectStore: 's:4' } },
    { environment: { MLFLOW_X: `it's # "odd" %` } },
  ])('comes back with %j', (changes) => {
    const { spec } = fakeComposeStack(5, changes)
    expect(parseSpec(renderSpec(spec, undefined), 'f')).toEqual(spec)
  })

  it('says of a store of its own only what its user decides', () => {
    const text = renderSpec(fakeComposeStack(4).spec, undefined)
    expect(text).toContain(
      'artifactStore:\n  kind: s3\n  managed: seaweedfs\n  bucket: mlflow\n  publicEndpoint: https://ml.example:9000\nproxy:',
    )
  })
})

describe('what does not go together is told', () => {
  it.each([
    [5, 'target: compose', 'target: native', 'python is missing: the Python to build on'],
    [5, 'target: compose', 'target: native', 'images does not apply to target native'],
    [5, 'target: compose', 'target: native', 'backendStore has managed: container, which needs target compose'],
    [5, 'target: compose', 'target: native', 'artifactStore has managed, which needs target compose'],
    [5, 'target: compose', 'target: native', 'proxy is a container, which needs target compose'],
    [5, 'workers: 2', 'workers: 2\npython: /usr/bin/python3', 'python does not apply to target compose'],
    [5, 'workers: 2', 'workers: 2\nrunAs: mlflow', 'runAs does not apply to target compose'],
    [5, 'workers: 2', 'workers: 2\nservice: systemd', 'service does not apply to target compose'],
    [5, 'workers: 2', 'workers: 2\nport: 5001', 'port does not apply: in containers only nginx takes a port'],
    [6, 'workers: 2', 'workers: 2\nartifactsPort: 5001', 'artifactsPort does not apply: in containers only nginx'],
    [5, 'scenario: 5', 'scenario: 2', 'target is compose, and scenario 2 has no server that could run there'],
    [5, '  managed: container', '  managed: true\n  programs: /p', 'backendStore has managed: true; in target compose'],
    [3, 'data/mlflow.db', '/srv/mlflow.db', 'backendStore must have path data/mlflow.db in target compose'],
    [5, '  kind: container', '  kind: managed\n  program: /n', 'proxy must have kind container in target compose'],
    [5, /images:[\s\S]*$/, '', 'images is missing: mlflow, and those of what the stack runs itself'],
    [5, /\n {2}postgres: .*/, '', 'images has no postgres'],
    [5, /postgres:17/, 'postgres:bookworm', 'images has a postgres whose tag does not begin with a major version'],
    [5, /\n {2}objectStore: .*/, '', 'images has no objectStore'],
    [5, /\n {2}nginx: .*/, '', 'images has no nginx'],
    [5, /\n {2}nginx: .*/, '\n  nginx: build', 'is a word for mlflow alone'],
    [5, /\n {2}mlflow: .*/, '\n  mlflow: m:1\n  base: b:1', 'images has base, which only mlflow: build is made from'],
    [5, /postgres:17$/m, 'postgres', 'images.postgres "postgres" names no version'],
    [5, /postgres:17$/m, 'postgres:latest', 'images.postgres "postgres:latest" is whatever is newest'],
    [5, 'mlflow: build', 'mlfow: build', 'images.mlfow is not a known key; did you mean mlflow?'],
    [5, 'managed: seaweedfs', 'managed: minio', 'artifactStore.managed is "minio" but must be seaweedfs or rustfs'],
    [
      5,
      'bucket: mlflow',
      'bucket: mlflow\n  endpoint: http://h:9000',
      'artifactStore has managed: seaweedfs and the endpoint of another store',
    ],
    [
      5,
      'bucket: mlflow',
      'bucket: mlflow\n  region: eu-west-1',
      'artifactStore has region, which is not for you to choose',
    ],
    [5, 'bucket: mlflow', 'bucket: mlflow\n  credentials: role', 'artifactStore has credentials, which is not for you'],
    [
      5,
      'bucket: mlflow',
      'bucket: mlflow\n  publicEndpoint: https://ml.example:9000',
      'artifactStore has publicEndpoint, but only',
    ],
    [
      4,
      /\n {2}publicEndpoint: .*/,
      '',
      'artifactStore has no publicEndpoint, where the clients of scenario 4 get to it',
    ],
    [
      4,
      'ml.example:9000',
      's3.example:9000',
      'publicEndpoint https://s3.example:9000, which is not at https://ml.example',
    ],
    [4, 'ml.example:9000', 'ml.example', 'publicEndpoint https://ml.example, which is the port of --public-url'],
  ] as const)('scenario %i: %s → %s', (scenario, line, broken, fault) => {
    const text = renderSpec(fakeComposeStack(scenario).spec, undefined)
    expect(text.replace(line, broken)).not.toBe(text)
    expect(faultsOf(text.replace(line, broken)).join('\n')).toContain(fault)
  })
})

describe.each<[string, ReturnType<typeof fakeComposeStack>]>([
  ['3', fakeComposeStack(3)],
  [
    '3 with a login',
    fakeComposeStack(3, {
      publicUrl: 'https://localhost:8443',
      tls: { kind: 'self-signed' },
      proxy: { kind: 'container', allowFrom: [] },
      auth: { kind: 'htpasswd', adminUser: 'ada' },
    }),
  ],
  ['4', fakeComposeStack(4)],
  ['5', fakeComposeStack(5)],
  ['5 with others', fakeComposeStack(5, { backendStore: EXISTING_POSTGRES, artifactStore: BUCKET })],
  [
    '5 on SQLite, files on a disk',
    fakeComposeStack(5, {
      backendStore: { kind: 'sqlite', path: 'data/mlflow.db' },
      artifactStore: { kind: 'local', path: '/mnt/x' },
      workers: 1,
    }),
  ],
  [
    '5 behind a proxy of the user',
    fakeComposeStack(5, {
      proxy: { kind: 'none' },
      tls: { kind: 'off' },
      auth: { kind: 'basic-auth', adminUser: 'ada' },
      port: 5010,
    }),
  ],
  ['6', fakeComposeStack(6)],
  ['6 with RustFS', fakeComposeStack(6, { artifactStore: containerBucket('rustfs') })],
])('a stack of containers, scenario %s', (_name, stack) => {
  const machine = { engine: READY_ENGINE, networkName: 'other.example' }

  it('is the same again after the round of its answers', () => {
    expect(stackFromAnswers(answersFromStack(stack), stack.spec)).toEqual(stack)
  })

  it('is the same again after the command that repeats it', async () => {
    const none = { prompted: {}, env: {}, file: undefined }
    const facts = fakeFacts(machine, { secrets: ['PGPASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] })
    const resolved = await resolveAnswers({ ...none, flags: {}, existing: answersFromStack(stack) }, facts)
    const words = buildRepeatCommand(resolved, facts).slice(3)
    const pairs = words.flatMap((word, at) => (at % 2 === 0 ? [[idOf(word), words[at + 1]] as const] : []))
    const again = await resolveAnswers({ ...none, flags: Object.fromEntries(pairs), existing: undefined }, facts)
    expect(stackFromAnswers(again.answers, undefined)).toEqual(stack)
  })
})

/** `--public-url` → `publicUrl` */
function idOf(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_all, letter: string) => letter.toUpperCase())
}
