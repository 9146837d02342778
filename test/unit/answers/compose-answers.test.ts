import { describe, expect, it } from 'vitest'
import { resolveAnswers, type AnswerSources } from '../../../src/answers/resolve.ts'
import { UserError } from '../../../src/errors.ts'
import { answersFromStack } from '../../../src/stack/from-answers.ts'
import { fakeFacts, READY_ENGINE, TEAM_MACHINE } from '../../fakes/facts.ts'
import { fakeComposeStack } from '../../fakes/stack.ts'

const NOTHING: AnswerSources = { flags: {}, prompted: {}, env: {}, file: undefined, existing: undefined }
/** A server with Docker and nothing else. */
const MACHINE = { root: true, engine: READY_ENGINE, networkName: 'ml.example', freeHttpsPort: 443 }
const FACTS = fakeFacts(MACHINE)
const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']

async function answersOf(flags: AnswerSources['flags'], facts = FACTS, more: Partial<AnswerSources> = {}) {
  return (await resolveAnswers({ ...NOTHING, flags, ...more }, facts)).answers
}

async function problemsOf(flags: AnswerSources['flags']): Promise<readonly string[]> {
  const error: unknown = await answersOf({ target: 'compose', ...flags }).catch((thrown: unknown) => thrown)
  if (!(error instanceof UserError)) throw new Error('no problem was found')
  return error.problems.map(({ name, message }) => `${name}: ${message}`)
}

describe('in containers the defaults are', () => {
  it('everything in them, for a team on a machine that has Docker and nothing else', async () => {
    const answers = await answersOf({ scenario: '5' })
    expect(answers).toMatchObject({
      target: 'compose',
      dir: '/srv/mlflow',
      publicUrl: 'https://ml.example',
      proxy: 'managed',
      tls: 'self-signed',
      auth: 'htpasswd',
      backendStore: 'postgres',
      postgres: 'managed',
      artifactStore: 's3',
      managedS3: 'seaweedfs',
      mlflowImage: 'build',
    })
    for (const id of ['nginx', 'port', 'artifactsPort', 'postgresPrograms', 'python', 'runAs', 'service'] as const)
      expect(answers[id]).toBeUndefined()
  })

  it('the machine itself where it has PostgreSQL or nginx, and for one person', async () => {
    const both = fakeFacts({ ...TEAM_MACHINE, engine: READY_ENGINE })
    expect((await answersOf({ scenario: '5' }, both)).target).toBe('native')
    expect((await answersOf({ scenario: '3' })).target).toBe('native')
  })

  it('one container in scenario 3', async () => {
    expect(await answersOf({ scenario: '3', target: 'compose' })).toMatchObject({
      publicUrl: 'http://127.0.0.1:5000',
      proxy: 'none',
      auth: 'none',
      backendStore: 'sqlite',
      artifactStore: 'local',
      workers: 1,
    })
  })

  it('the store beside the server, where clients of scenario 4 need it', async () => {
    expect(await answersOf({ scenario: '4' })).toMatchObject({ s3PublicEndpoint: 'https://ml.example:9000' })
    const taken = { scenario: '4', publicUrl: 'https://ml.example:9000' }
    expect(await answersOf(taken)).toMatchObject({ s3PublicEndpoint: 'https://ml.example:9001' })
    expect((await answersOf({ scenario: '5' })).s3PublicEndpoint).toBeUndefined()
  })

  it.each([
    ['an endpoint', { s3Endpoint: 'http://10.0.0.5:9000', s3Bucket: 'files' }],
    ['a region', { s3Region: 'eu-west-1', s3Bucket: 'files' }],
    ['a bucket, and keys in the environment', { artifactStore: 's3://files' }],
  ])('no store of its own for whoever gives %s', async (_what, flags) => {
    const facts = fakeFacts(MACHINE, { secrets: KEYS })
    expect((await answersOf({ scenario: '5', ...flags }, facts)).managedS3).toBe('none')
  })

  it('an address for a server of this machine, though root makes the database through its socket', async () => {
    const postgres = { programs: [], sockets: [{ directory: '/run/postgresql', port: 5433 }] }
    const flags = { scenario: '5', target: 'compose', postgres: 'existing' }
    const here = { postgresHost: '127.0.0.1', postgresPort: 5433, postgresAdmin: 'peer', postgresSslmode: 'prefer' }
    expect(await answersOf(flags, fakeFacts({ ...MACHINE, postgres }))).toMatchObject(here)
    const other = { ...flags, postgresHost: '127.0.0.1', postgresPort: 5432, postgresPasswordFile: '/pw' }
    expect(await answersOf(other, fakeFacts({ ...MACHINE, postgres }))).toMatchObject({ postgresAdmin: 'none' })
  })

  it('a store of its own for whoever has keys of something else in the environment', async () => {
    expect((await answersOf({ scenario: '5' }, fakeFacts(MACHINE, { secrets: KEYS }))).managedS3).toBe('seaweedfs')
  })
})

describe('what containers do not go with is told', () => {
  it.each([
    [{ scenario: 1 }, '--target: "compose" has nothing to run in scenario 1, which has no server; take native'],
    [{ scenario: 5, proxy: 'system' }, '--proxy: "system" goes with --target native only; take managed'],
    [{ scenario: 5, nginx: '/n' }, '--nginx: does not apply: no nginx program of this machine answers'],
    [{ scenario: 5, python: '/p' }, '--python: does not apply: everything runs in containers'],
    [{ scenario: 5, runAs: 'mlflow' }, '--run-as: does not apply: only services of scenarios 4 to 6 on the machine'],
    [{ scenario: 5, service: 'systemd' }, '--service: does not apply: the engine keeps containers running'],
    [{ scenario: 5, port: 5001 }, '--port: does not apply'],
    [{ scenario: 6, artifactsPort: 5001 }, '--artifacts-port: does not apply: only scenario 6 has a server'],
    [{ scenario: 5, postgresPrograms: '/p' }, '--postgres-programs: does not apply'],
    [{ scenario: 5, postgresHost: '/run/postgresql' }, '--postgres-host: "/run/postgresql" is the folder of a socket'],
    [{ scenario: 5, backendStore: './x.db' }, '--backend-store: "./x.db" is a file of this machine, and in containers'],
    [{ scenario: 3, backendStore: 'sqlite:////srv/x.db' }, 'in containers SQLite is in a volume; take sqlite'],
    [{ scenario: 5, managedS3: 'minio' }, '--managed-s3: "minio" is not one of seaweedfs, rustfs, none'],
    [{ scenario: 4, s3PublicEndpoint: 'none' }, 'leaves the clients of scenario 4 without a way to the store'],
    [
      { scenario: 4, s3PublicEndpoint: 'https://s3.example' },
      'is not at https://ml.example, where nginx leads clients',
    ],
    [{ scenario: 4, s3PublicEndpoint: 'https://ml.example' }, 'is the port of --public-url; take another one'],
    [
      { scenario: 4, proxy: 'none', publicUrl: 'http://127.0.0.1:5000', managedS3: 'seaweedfs' },
      '--managed-s3: "seaweedfs" needs nginx',
    ],
    [{ scenario: 5, mlflowImage: 'mlflow' }, '--mlflow-image: "mlflow" names no version'],
    [{ scenario: 5, mlflowImage: 'mlflow:latest' }, '--mlflow-image: "mlflow:latest" is whatever is newest'],
    [{ scenario: 5, mlflowImage: 'My Image' }, '--mlflow-image: "My Image" is not the name of an image'],
  ])('%j → %s', async (flags, problem) => {
    expect((await problemsOf(flags)).join('\n')).toContain(problem)
  })

  it.each([{ managedS3: 'seaweedfs', artifactStore: 's3://files' }, { mlflowImage: 'build' }])(
    '%j is for containers alone',
    async (flags) => {
      const facts = fakeFacts(TEAM_MACHINE, { secrets: KEYS })
      await expect(answersOf({ scenario: '5', target: 'native', ...flags }, facts)).rejects.toMatchObject({
        problems: [expect.objectContaining({ message: expect.stringMatching(/does not apply: .*see --target$/) })],
      })
    },
  )
})

describe('a stack of containers that is there', () => {
  it('keeps its answers, also on a machine that has more by now', async () => {
    const stack = fakeComposeStack(4)
    const existing = answersFromStack(stack)
    const facts = fakeFacts({ ...TEAM_MACHINE, engine: READY_ENGINE }, { secrets: KEYS })
    expect(await answersOf({}, facts, { existing })).toMatchObject(existing)
  })

  it('finds another address for its store when its own changes', async () => {
    const existing = answersFromStack(fakeComposeStack(4))
    const answers = await answersOf({ publicUrl: 'https://other.example' }, FACTS, { existing })
    expect(answers.s3PublicEndpoint).toBe('https://other.example:9000')
  })
})
