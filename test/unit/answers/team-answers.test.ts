import { describe, expect, it } from 'vitest'
import type { Answers } from '../../../src/answers/answers.ts'
import type { Facts } from '../../../src/answers/question.ts'
import { resolveAnswers, type AnswerSources } from '../../../src/answers/resolve.ts'
import { UserError } from '../../../src/errors.ts'
import { answersFromStack } from '../../../src/stack/from-answers.ts'
import { fakeFacts, TEAM_MACHINE } from '../../fakes/facts.ts'
import { BUCKET, fakeStack, SECURED } from '../../fakes/stack.ts'

const NOTHING: AnswerSources = { flags: {}, prompted: {}, env: {}, file: undefined, existing: undefined }
const TEAM = fakeFacts(TEAM_MACHINE)
const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']

async function answersOf(flags: AnswerSources['flags'], facts = TEAM, more: Partial<AnswerSources> = {}) {
  return (await resolveAnswers({ ...NOTHING, flags, ...more }, facts)).answers
}

async function problemsOf(flags: AnswerSources['flags'], facts = TEAM): Promise<readonly string[]> {
  const error: unknown = await answersOf(flags, facts).catch((thrown: unknown) => thrown)
  if (!(error instanceof UserError)) throw new Error('no problem was found')
  return error.problems.map(({ name, message }) => `${name}: ${message}`)
}

describe('for a team the defaults are', () => {
  it('PostgreSQL, nginx with login and TLS, and a user of its own, where root sets it up', async () => {
    expect(await answersOf({ scenario: '5' })).toMatchObject({
      dir: '/srv/mlflow',
      publicUrl: 'https://ml.example',
      proxy: 'managed',
      nginx: '/usr/sbin/nginx',
      tls: 'self-signed',
      allowFrom: 'all',
      port: 5000,
      auth: 'htpasswd',
      adminUser: 'admin',
      backendStore: 'postgres',
      postgres: 'managed',
      postgresPrograms: '/usr/lib/postgresql/15/bin',
      postgresDatabase: 'mlflow',
      artifactStore: 'local',
      workers: 2,
      runAs: 'mlflow',
    })
  })

  it('what the machine has: nothing listens beyond it where nobody would ask for a password', async () => {
    expect(await answersOf({ scenario: '5' }, fakeFacts())).toMatchObject({
      dir: '/home/ada/mlflow',
      publicUrl: 'http://127.0.0.1:5000',
      proxy: 'none',
      auth: 'none',
      backendStore: 'sqlite',
      runAs: 'none',
    })
  })

  it.each([
    'https://ml.example:5000',
    'https://localhost:5000',
    'https://[2001:db8::7]:5000',
    'https://München.example:5000',
  ])('other ports of our own than that of nginx: %s', async (publicUrl) => {
    expect(await answersOf({ scenario: '6', publicUrl })).toMatchObject({ port: 5001, artifactsPort: 5002 })
  })

  it('what the environment says about object stores', async () => {
    const aws = { region: 'eu-north-1', profile: 'lab', endpoint: undefined }
    const own = { ...aws, endpoint: { url: 'http://10.0.0.5:9000/', variable: 'MLFLOW_S3_ENDPOINT_URL' } }
    const flags = { scenario: '5', artifactStore: 's3://files' }
    const answers = (facts: Partial<Facts>) => answersOf(flags, fakeFacts(TEAM_MACHINE, facts))
    expect(await answers({ aws })).toMatchObject({ s3Endpoint: 'aws', s3Region: 'eu-north-1', awsProfile: 'lab' })
    expect(await answers({ aws: own, secrets: KEYS })).toMatchObject({
      s3Endpoint: 'http://10.0.0.5:9000',
      s3Region: 'us-east-1',
      awsProfile: 'none',
    })
    expect(await answers({ aws: { ...aws, region: 'a b' } })).toMatchObject({ s3Region: 'us-east-1' })
  })

  it('the PostgreSQL whose administrator is named', async () => {
    const postgres = { ...TEAM_MACHINE.postgres, programs: [], sockets: [{ directory: '/run/postgresql', port: 5432 }] }
    const facts = fakeFacts({ ...TEAM_MACHINE, postgres }, { secrets: ['MLFLOW_SETUP_POSTGRES_ADMIN_URL'] })
    const wanted = { postgres: 'existing', postgresHost: '/run/postgresql', postgresAdmin: 'url' }
    expect(await answersOf({ scenario: '5', backendStore: 'postgres' }, facts)).toMatchObject(wanted)
  })

  it("a site of the system's nginx, where that has the ports", async () => {
    const nginx = { program: '/usr/sbin/nginx', version: '1.22.1', siteFolder: '/etc/nginx/conf.d', systemRuns: true }
    const facts = fakeFacts({ ...TEAM_MACHINE, nginx })
    expect((await answersOf({ scenario: '5', publicUrl: 'https://ml.example' }, facts)).proxy).toBe('system')
    expect((await answersOf({ scenario: '5', publicUrl: 'https://ml.example:8443' }, facts)).proxy).toBe('managed')
  })

  it.each([
    [
      { postgresHost: 'db' },
      { backendStore: 'postgres', postgres: 'existing', postgresPort: 5432, postgresSslmode: 'require' },
    ],
    [{ postgresHost: 'db', postgresCaFile: '/ca' }, { postgresSslmode: 'verify-full' }],
    [{ postgresHost: '/run/postgresql' }, { postgresAdmin: 'peer', postgresSslmode: 'disable' }],
    [
      { postgresHost: '127.0.0.1', postgresPasswordFile: '/pw' },
      { postgresAdmin: 'none', postgresSslmode: 'prefer' },
    ],
    [{ postgresHost: 'db', postgresAdminUrlFile: '/url' }, { postgresAdmin: 'url' }],
    [
      { backendStore: 'postgresql://ada@db.example:5433/runs' },
      {
        postgres: 'existing',
        postgresHost: 'db.example',
        postgresPort: 5433,
        postgresUser: 'ada',
        postgresDatabase: 'runs',
      },
    ],
    [
      { s3Endpoint: 'http://10.0.0.5:9000/', s3Bucket: 'b-1' },
      { artifactStore: 's3', s3Endpoint: 'http://10.0.0.5:9000' },
    ],
    [
      { artifactStore: 's3://files/of/ada' },
      { s3Bucket: 'files', s3Prefix: 'of/ada', s3Endpoint: 'aws', s3Credentials: 'keys' },
    ],
    [
      { tlsCert: 'c.pem', tlsKey: '~/k.pem' },
      { tls: 'files', tlsCert: '/home/ada/work/c.pem', tlsKey: '/home/ada/k.pem' },
    ],
    [
      { backendStore: 'postgresql+psycopg2://ada@[2001:db8::7]/runs' },
      { postgres: 'existing', postgresHost: '2001:db8::7', postgresUser: 'ada' },
    ],
    [{ postgresHost: '[::1]', postgresPasswordFile: '/pw' }, { postgresHost: '::1' }],
    [
      { backendStore: '~/runs.db', artifactStore: '~/files' },
      { backendStore: '/home/ada/runs.db', artifactStore: '/home/ada/files' },
    ],
    [{ name: 'postgres' }, { postgresDatabase: 'mlflow', postgresUser: 'mlflow' }],
    [{ allowFrom: '10.0.0.0/8, 192.168.1.7' }, { allowFrom: '10.0.0.0/8,192.168.1.7', proxy: 'managed' }],
  ] as const)('what other answers imply: %j', async (flags, implied) => {
    const facts = fakeFacts(TEAM_MACHINE, { secrets: [...KEYS, 'MLFLOW_SETUP_POSTGRES_PASSWORD'] })
    const wanted = 'postgresHost' in flags && flags.postgresHost.startsWith('/') ? fakeFacts(TEAM_MACHINE) : facts
    expect(await answersOf({ scenario: '5', ...flags }, wanted)).toMatchObject(implied)
  })
})

describe('refused is', () => {
  it.each([
    [
      { scenario: '5', publicUrl: 'http://ml.example' },
      '--tls: missing: passwords would go in the clear; take https:// in --public-url, or say --tls off',
    ],
    [{ auth: 'none' }, '--auth: "none" would let everybody in at the public address; take htpasswd or basic-auth'],
    [{ tls: 'acme' }, '--tls: "acme" is not part of this version; take files or self-signed'],
    [
      { tls: 'files' },
      '--tls-cert: missing: the certificate with its chain, a PEM file',
      '--tls-key: missing: the key of the certificate, a PEM file',
    ],
    [
      { scenario: '6', auth: 'basic-auth' },
      '--auth: "basic-auth" does not go with scenario 6: its artifact server would let everybody in; take htpasswd',
    ],
    [
      { scenario: '6', proxy: 'none' },
      '--proxy: "none" leads nobody to the artifact server of scenario 6; take managed or system',
    ],
    [{ proxy: 'none', auth: 'htpasswd' }, '--auth: "htpasswd" needs nginx, which asks for the password; see --proxy'],
    [
      { backendStore: 'postgresql://ada:geheim@db/runs' },
      '--backend-store: "postgresql://db/runs" has a password in it, which others could read; give it in MLFLOW_SETUP_POSTGRES_PASSWORD',
    ],
    [
      { postgresHost: 'db:5432', postgresPasswordFile: '/pw' },
      '--postgres-host: "db:5432" has a port in it; give that in --postgres-port',
    ],
    [
      { postgresHost: 'db', postgresAdmin: 'peer' },
      '--postgres-admin: "peer" needs the folder of a socket in --postgres-host',
    ],
    [
      { artifactStore: 's3://My_Files', awsProfile: 'x' },
      '--artifact-store: "s3://My_Files" names a bucket that has capital letters; write them small',
    ],
    [
      { s3Endpoint: '10.0.0.5:9000', s3Bucket: 'files', awsProfile: 'x' },
      '--s3-endpoint: "10.0.0.5:9000" has no scheme; write http://10.0.0.5:9000 or https://10.0.0.5:9000',
    ],
    [
      { s3Endpoint: 'https://files.s3.example.org', s3Bucket: 'files', awsProfile: 'x' },
      '--s3-bucket: "files" is in --s3-endpoint too, which begins with the name of the bucket; write https://s3.example.org',
    ],
    [
      { s3Endpoint: 'http://h:9000', s3Bucket: 'files', s3Credentials: 'role' },
      '--s3-credentials: "role" goes with AWS only; take keys',
    ],
    [
      { scenario: '4', artifactStore: 'local' },
      '--artifact-store: "local" is no bucket, to which the clients of scenario 4 go; take s3',
    ],
    [{ allowFrom: '10.0.0.0/33' }, '--allow-from: "10.0.0.0/33" has no length from 0 to 32 after the slash'],
    [
      { allowFrom: '10.0.0.0/8, office' },
      '--allow-from: "10.0.0.0/8, office" names office, which is not a network such as 10.0.0.0/8',
    ],
    [{ allowFrom: ',' }, '--allow-from: "," names no network'],
    [
      { publicUrl: 'https://ml.example.' },
      '--public-url: "https://ml.example." has a dot at the end of its host name; leave it out',
    ],
    [
      { publicUrl: 'https://a;b{c' },
      '--public-url: "https://a;b{c" has a host name that no network knows; use letters, digits, dots and dashes',
    ],
    [
      { publicUrl: 'https://ml.example:8443', port: '8443' },
      '--port: "8443" is the port of --public-url, where nginx listens',
    ],
    [
      { scenario: '6', publicUrl: 'https://ml.example:8443', artifactsPort: '8443' },
      '--artifacts-port: "8443" is the port of --public-url, where nginx listens',
    ],
    [{ adminUser: '#ada' }, expect.stringContaining('--admin-user: "#ada" is not a name: ')],
    [
      { backendStore: 'postgress' },
      '--backend-store: "postgress" is not sqlite, postgres; a file or folder of that name is ./postgress',
    ],
    [{ backendStore: '/srv/runs/' }, '--backend-store: "/srv/runs/" ends with a slash; name the file'],
    [{ artifactStore: 'S3' }, '--artifact-store: "S3" is not local, s3; a file or folder of that name is ./S3'],
    [{ artifactStore: 'FILE:///x' }, '--artifact-store: "FILE:///x" is not local, s3, an address or a path'],
    [
      { backendStore: 'postgresql://a,b/runs' },
      '--backend-store: "postgresql://a,b/runs" names the host a,b, which names more than one host; take the one that may write',
    ],
    [
      { backendStore: 'postgresql+psycopg2://ada@db/runs', postgresHost: 'db2', postgresPasswordFile: '/pw' },
      '--postgres-host: "db2" is not what --backend-store says, which is db',
    ],
    [
      { postgresHost: '[::1]:5432', postgresPasswordFile: '/pw' },
      '--postgres-host: "[::1]:5432" has a port in it; give that in --postgres-port',
    ],
    [
      { postgresHost: '/run/postgresql/.s.PGSQL.5432', postgresPasswordFile: '/pw' },
      '--postgres-host: "/run/postgresql/.s.PGSQL.5432" is the socket itself; name the folder that it is in',
    ],
    [{ postgresUser: 'postgres' }, '--postgres-user: "postgres" looks after the cluster; take another name'],
    [{ postgresUser: 'pg_ada' }, '--postgres-user: "pg_ada" is a name that PostgreSQL keeps for itself'],
    [
      { auth: 'basic-auth', postgresDatabase: 'x'.repeat(59) },
      expect.stringContaining('is longer than the 63 bytes that PostgreSQL takes less the _auth of the one beside it'),
    ],
    [
      { artifactStore: 's3://files/of/ada', s3Bucket: 'other', awsProfile: 'x' },
      '--s3-bucket: "other" is not what --artifact-store says, which is files',
    ],
    [{ runAs: 'root' }, '--run-as: "root" may do everything on this machine; take another name'],
    [
      { port: '5000', scenario: '6', artifactsPort: '5000' },
      '--artifacts-port: "5000" is the port of the tracking server too',
    ],
  ] as const)('%j', async (flags, ...problems) => {
    expect(await problemsOf({ scenario: '5', ...flags })).toEqual(problems)
  })

  it('a secret that nobody gave, listed with whatever else is missing', async () => {
    expect(await problemsOf({ scenario: '4', postgresHost: 'db' })).toEqual([
      '--s3-bucket: missing: the bucket for artifacts',
      'MLFLOW_SETUP_POSTGRES_PASSWORD: missing: the password of the database role, or name a file: --postgres-password-file; where there is no such role yet, give an administrator: MLFLOW_SETUP_POSTGRES_ADMIN_URL',
      'AWS_ACCESS_KEY_ID: missing: the access key of the store, or name a profile: --aws-profile',
      'AWS_SECRET_ACCESS_KEY: missing: the secret of that key, or name a profile: --aws-profile',
    ])
    const named = {
      scenario: '4',
      s3Bucket: 'files',
      awsProfile: 'lab',
      postgresHost: 'db',
      postgresPasswordFile: 'pw',
    }
    expect(await answersOf(named)).toMatchObject({ awsProfile: 'lab', postgresPasswordFile: '/home/ada/work/pw' })
  })
})

describe('what an existing stack says', () => {
  const existing = answersFromStack(fakeStack(5, { ...SECURED, artifactStore: { ...BUCKET, addressing: 'virtual' } }))
  const kept = fakeFacts(TEAM_MACHINE, { secrets: [...KEYS, 'PGPASSWORD'] })
  const again = (flags: AnswerSources['flags']): Promise<Partial<Answers>> => answersOf(flags, kept, { existing })

  it('counts, without a secret given anew', async () => {
    expect(await again({})).toMatchObject({
      publicUrl: 'https://ml.example',
      s3Addressing: 'virtual',
      proxy: 'managed',
    })
  })

  it('gives way to an address that says otherwise', async () => {
    const before = answersFromStack(fakeStack(5, { ...SECURED }))
    const flags = { backendStore: 'postgresql://ada@db/runs', artifactStore: 's3://files/of/ada' }
    expect(await answersOf(flags, kept, { existing: before })).toMatchObject({
      postgres: 'existing',
      postgresHost: 'db',
      postgresDatabase: 'runs',
      postgresUser: 'ada',
      s3Bucket: 'files',
      s3Prefix: 'of/ada',
    })
  })

  it('counts no longer where what it hangs on is another one now', async () => {
    expect(await again({ s3Endpoint: 'http://10.0.0.9:9000' })).toMatchObject({
      s3Addressing: 'auto',
      s3Bucket: 'mlflow',
    })
    expect(await again({ publicUrl: 'http://127.0.0.1:5000' })).toMatchObject({ proxy: 'none', auth: 'none' })
    expect(await again({ backendStore: 'sqlite' })).toMatchObject({ workers: 1 })
    expect(await again({ scenario: '6', artifactStore: 'local' })).toMatchObject({ artifactsPort: 5001 })
  })
})

it('whoever is asked again may correct what an address says', async () => {
  const flags = { scenario: '5', backendStore: 'postgresql://ada@wrong/runs', postgresPasswordFile: '/pw' }
  const prompted = { postgresHost: 'right' }
  expect(await answersOf(flags, TEAM, { prompted })).toMatchObject({ postgresHost: 'right', postgresDatabase: 'runs' })
})

describe('programs that are missing', () => {
  const bare = { postgres: { programs: [], sockets: [] }, nginx: undefined, networkName: 'ml.example' }
  it('are left open where they may be installed', async () => {
    const facts = fakeFacts({ ...bare, pythons: [] }, { installable: ['python', 'postgresql', 'nginx'] })
    const resolved = await resolveAnswers({ ...NOTHING, flags: { scenario: '5' } }, facts)
    expect(resolved.open).toEqual(['nginx', 'postgresql', 'python'])
    expect(resolved.answers).toMatchObject({ backendStore: 'postgres', publicUrl: 'https://ml.example:8443' })
  })

  it('are missing answers where not, each with its cure', async () => {
    expect(await problemsOf({ scenario: '5', backendStore: 'postgres' }, fakeFacts(bare))).toEqual([
      '--postgres-programs: missing: a PostgreSQL 13 or newer on this machine; install it with: apt-get install -y postgresql, or let --install-packages yes do it',
    ])
  })

  it("are those that the services' user may run", async () => {
    const own = { path: '/root/.pyenv/bin/python', version: '3.12.1', ensurepip: true, pip: true, shared: false }
    const facts = fakeFacts({ ...TEAM_MACHINE, pythons: [own] })
    expect((await answersOf({ scenario: '3' }, facts)).python).toBe(own.path)
    expect(await problemsOf({ scenario: '5' }, facts)).toEqual([
      expect.stringContaining('(/root/.pyenv/bin/python: the user mlflow may not run it)'),
    ])
  })
})
