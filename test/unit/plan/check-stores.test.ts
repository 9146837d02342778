import { expect, it } from 'vitest'
import type { FoundEngine } from '../../../src/answers/machine.ts'
import { checkStores } from '../../../src/plan/preflight/check-stores.ts'
import type { ExistingPostgres, S3Store, StackSpec } from '../../../src/stack/spec.ts'
import { fakeFacts, READY_ENGINE } from '../../fakes/facts.ts'
import { BUCKET, fakeStack, SECURED } from '../../fakes/stack.ts'

const GATEWAY = '172.17.0.1'
const POSTGRES: ExistingPostgres = {
  kind: 'postgres',
  managed: false,
  host: '127.0.0.1',
  port: 5432,
  database: 'mlflow',
  user: 'ml',
  sslMode: 'prefer',
  caFile: undefined,
  admin: 'none',
}

interface Case {
  readonly postgres?: Partial<ExistingPostgres>
  readonly store?: Partial<S3Store>
  readonly spec?: Partial<StackSpec>
  readonly engine?: FoundEngine
  /** Where somebody listens, and who. */
  readonly listening?: readonly string[]
  readonly name?: string
  readonly hosts?: string
}

async function problemsOf({ postgres = {}, store = {}, spec = {}, engine = READY_ENGINE, ...found }: Case) {
  const { listening = [], name = 'postgres', hosts = '127.0.0.1 localhost' } = found
  const stack = fakeStack(5, {
    ...SECURED,
    target: 'compose',
    images: { mlflow: 'build' },
    backendStore: { ...POSTGRES, ...postgres },
    artifactStore: { ...BUCKET, ...store },
    ...spec,
  })
  const ports = {
    files: { readText: () => Promise.resolve(hosts) },
    processes: {
      listener: (port: number, host = '') =>
        Promise.resolve(listening.includes(`${host}:${port}`) ? { port, process: { pid: 7, name } } : undefined),
    },
    commands: {
      run: () => Promise.resolve({ exitCode: 0, found: true, timedOut: false, stdout: `${GATEWAY}\n\n`, stderr: '' }),
    },
    env: {},
  }
  const { machine } = fakeFacts({ engine })
  const problems = await checkStores(stack, machine, ports, new AbortController().signal)
  return problems.map(({ name, message }) => `${name}: ${message}`)
}

it('a database that only this machine reaches would keep containers out', async () => {
  expect(await problemsOf({ listening: ['127.0.0.1:5432'] })).toEqual([
    '--postgres-host: what listens at 127.0.0.1:5432 does not listen at 172.17.0.1, where containers find this machine; set listen_addresses = \'*\' in its postgresql.conf, add "host mlflow ml 172.16.0.0/12 scram-sha-256" to its pg_hba.conf, which keeps all others out, and restart it',
  ])
})

it('one in another container is published once more', async () => {
  expect(await problemsOf({ listening: ['127.0.0.1:5432'], name: 'docker-proxy' })).toEqual([
    expect.stringMatching(/this machine; publish it there too: "172\.17\.0\.1:5432:…"$/),
  ])
})

it('so would a store, and both are told at once', async () => {
  const store = { endpoint: 'http://localhost:9000' }
  const listening = ['127.0.0.1:5432', 'localhost:9000']
  const auth = { kind: 'basic-auth', adminUser: 'admin' } as const
  expect(await problemsOf({ store, listening, spec: { auth } })).toEqual([
    expect.stringContaining('"host mlflow,mlflow_auth ml 172.16.0.0/12 scram-sha-256"'),
    '--s3-endpoint: what listens at localhost:9000 does not listen at 172.17.0.1, where containers find this machine; let it listen at all addresses, behind a firewall',
  ])
  const shown = { ...store, publicEndpoint: 'http://127.0.0.1:9001' }
  expect(await problemsOf({ store: shown, listening: ['127.0.0.1:9001'] })).toEqual([
    expect.stringMatching(/^--s3-public-endpoint: what listens at 127\.0\.0\.1:9001 /),
  ])
})

it.each<readonly [string, Case]>([
  ['a server that listens at the gateway too', { listening: ['127.0.0.1:5432', `${GATEWAY}:5432`] }],
  ['a server that does not run: whoever makes the database says so', {}],
  [
    'an engine that leads containers to this machine',
    { listening: ['127.0.0.1:5432'], engine: { ...READY_ENGINE, desktop: true } },
  ],
  ['a server on another machine', { postgres: { host: 'db.example' } }],
  [
    'stores of its own',
    { spec: { backendStore: { kind: 'postgres', managed: 'container', database: 'm', user: 'm' } } },
  ],
  ['a stack without containers', { listening: ['127.0.0.1:5432'], spec: { target: 'native' } }],
])('nothing is wrong with %s', async (_what, given) => {
  expect(await problemsOf(given)).toEqual([])
})

it('a name that only a file of this machine knows is no name for containers', async () => {
  const hosts = '127.0.0.1 localhost\n127.0.1.1\tdb.example db # as Debian has it\n10.0.0.7 far.example'
  expect(await problemsOf({ postgres: { host: 'DB' }, hosts })).toEqual([
    "--postgres-host: /etc/hosts of this machine says that DB is 127.0.1.1, and containers do not read that file; take 127.0.1.1, or an address of this machine's network",
  ])
  expect(await problemsOf({ postgres: { host: 'far.example' }, hosts })).toEqual([])
})

it('a certificate for this machine alone is refused by containers', async () => {
  expect(await problemsOf({ postgres: { sslMode: 'verify-full' }, store: { endpoint: 'https://[::1]:9000' } })).toEqual(
    [
      expect.stringMatching(
        /^--postgres-host: containers reach 127\.0\.0\.1 of this machine as host\.docker\.internal, for which the certificate is not/,
      ),
      expect.stringMatching(/^--s3-endpoint: containers reach ::1 of this machine as/),
    ],
  )
})

it('a bucket before the name of this machine has no address in containers', async () => {
  expect(await problemsOf({ store: { endpoint: 'http://localhost:9000', addressing: 'virtual' } })).toEqual([
    expect.stringMatching(/^--s3-addressing: virtual puts the bucket before localhost/),
  ])
})
