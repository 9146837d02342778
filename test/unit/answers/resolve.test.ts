import { describe, expect, it } from 'vitest'
import type { FoundEngine } from '../../../src/answers/machine.ts'
import { target } from '../../../src/answers/questions/stack.ts'
import { resolveAnswers, type AnswerSources } from '../../../src/answers/resolve.ts'
import { parseAnswersFile } from '../../../src/answers/answers-file.ts'
import { UserError } from '../../../src/errors.ts'
import { fakeFacts, READY_ENGINE } from '../../fakes/facts.ts'

const NOTHING: AnswerSources = { flags: {}, prompted: {}, env: {}, file: undefined, existing: undefined }

async function problemsOf(sources: Partial<AnswerSources>, facts = fakeFacts()): Promise<readonly string[]> {
  const error: unknown = await resolveAnswers({ ...NOTHING, ...sources }, facts).catch((thrown: unknown) => thrown)
  if (!(error instanceof UserError)) throw new Error('no problem was found')
  return error.problems.map(({ name, message }) => `${name}: ${message}`)
}

describe('without an answer', () => {
  it('the defaults are a server for one person on this machine', async () => {
    const { answers, sources } = await resolveAnswers(NOTHING, fakeFacts())
    expect(answers).toEqual({
      scenario: 3,
      target: 'native',
      dir: '/home/ada/mlflow',
      name: 'mlflow',
      mlflowVersion: '3.17.2',
      publicUrl: 'http://127.0.0.1:5000',
      proxy: 'none',
      auth: 'none',
      workers: 1,
      backendStore: 'sqlite',
      artifactStore: 'local',
      service: 'background',
      installPackages: 'no',
      python: '/usr/bin/python3',
      testClient: 'rest',
    })
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']))
  })

  it.each([
    [{ systemd: true, root: true }, 'systemd'],
    [{ systemd: true, systemdUser: true }, 'systemd-user'],
    [{ systemd: true }, 'background'],
  ] as const)('the service follows the machine: %j', async (machine, service) => {
    expect((await resolveAnswers(NOTHING, fakeFacts(machine))).answers.service).toBe(service)
  })

  it('everything that has no default is listed at once, with the cure', async () => {
    const rejectedPythons = [{ path: '/usr/bin/python3', why: 'Python 3.8.18 is older than 3.10' }]
    const problems = await problemsOf({}, fakeFacts({ pythons: [], rejectedPythons }, { home: undefined }))
    expect(problems).toEqual([
      '--dir: missing: the stack directory, because HOME is not set',
      '--python: missing: a Python 3.10 or newer that can make a virtual environment (/usr/bin/python3: Python 3.8.18 is older than 3.10); install it with: apt-get install -y python3-venv, or let --install-packages yes do it',
    ])
  })
})

describe('the sources', () => {
  const file = { answers: { name: 'from-file' }, where: () => 'a.yaml:1' }
  const existing = { name: 'from-stack' }
  const env = { MLFLOW_SETUP_NAME: 'from-env' }
  it.each([
    [{ flags: { name: 'from-flag' }, env, file, existing }, 'from-flag', 'flag'],
    [{ env, file, existing }, 'from-env', 'environment'],
    [{ env: { MLFLOW_SETUP_NAME: '' }, file, existing }, 'from-file', 'answers file'],
    [{ existing }, 'from-stack', 'existing stack'],
  ] as const)('count in their order: %j', async (sources, name, source) => {
    const resolved = await resolveAnswers({ ...NOTHING, ...sources }, fakeFacts())
    expect([resolved.answers.name, resolved.sources.name]).toEqual([name, source])
  })

  it('are asked only where nobody answered', async () => {
    const asked: string[] = []
    const ask = (question: { id: string }) => {
      asked.push(question.id)
      return Promise.resolve(question.id === 'scenario' ? 2 : 'x')
    }
    const resolved = await resolveAnswers(NOTHING, fakeFacts(), ask)
    expect([asked, resolved.answers.scenario, resolved.sources.scenario]).toEqual([['scenario'], 2, 'prompt'])
    asked.length = 0
    await resolveAnswers({ ...NOTHING, flags: { scenario: '3' } }, fakeFacts(), ask)
    expect(asked).toEqual([])
    await resolveAnswers({ ...NOTHING, flags: { scenario: '5' } }, fakeFacts(), ask)
    expect(asked).toEqual(['publicUrl', 'backendStore', 'artifactStore'])
  })
})

describe('wrong answers', () => {
  it.each([
    [{ scenario: '9' }, '--scenario: "9" is not one of 1, 2, 3, 4, 5, 6'],
    [{ target: 'kubernetes' }, '--target: "kubernetes" is not part of this version; take native or compose'],
    [{ target: 'nativ' }, '--target: "nativ" is not native or compose'],
    [{ publicUrl: 'localhost:5000' }, '--public-url: "localhost:5000" has no scheme; write http://localhost:5000'],
    [{ publicUrl: 'ml.example.com' }, '--public-url: "ml.example.com" has no scheme; write https://ml.example.com'],
    [
      { publicUrl: 'http://0.0.0.0:5000' },
      '--public-url: "http://0.0.0.0:5000" is a listen address; name the host that clients type, such as 127.0.0.1',
    ],
    [{ publicUrl: 'http://u:p@h' }, '--public-url: "http://h" has a login in it; leave user and password out'],
    [
      { publicUrl: 'http://127.0.0.1:80' },
      '--nginx: missing: an nginx, which answers at the public address; install it with: apt-get install -y nginx, or let --install-packages yes do it',
    ],
    [
      { publicUrl: 'https://localhost:5000', proxy: 'none' },
      '--proxy: "none" does not go with https on this machine; take managed or system',
    ],
    [{ workers: '0' }, '--workers: "0" is too few; take 1 to 64'],
    [{ workers: '2.5' }, '--workers: "2.5" is not a number'],
    [
      { name: 'My Stack' },
      '--name: "My Stack" is not a name: use lower-case letters, digits and dashes, a letter first',
    ],
    [{ mlflowVersion: '3' }, '--mlflow-version: "3" is not an exact version such as 3.17.2'],
    [{ mlflowVersion: '2.9.1' }, '--mlflow-version: "2.9.1" is older than 3.11.0: known security holes'],
    [
      { backendStore: 'postgresql://h/db' },
      '--backend-store: "postgresql://h/db" does not go with scenario 3; take sqlite, or scenario 4, 5 or 6',
    ],
    [
      { backendStore: 'mysql://h/db' },
      '--backend-store: "mysql://h/db" is not part of this version; take postgres or sqlite',
    ],
    [
      { artifactStore: 's3://bucket' },
      '--artifact-store: "s3://bucket" does not go with scenario 3; take local, or scenario 4, 5 or 6',
    ],
    [
      { artifactStore: 'gs://bucket' },
      '--artifact-store: "gs://bucket" is not part of this version; take local, s3, or a path',
    ],
    [{ service: 'docker' }, '--service: "docker" is not one of systemd, systemd-user, background'],
    [{ dir: 'a\nb' }, '--dir: "a\\nb" has a line break in it'],
    [{ port: '5000' }, '--port: does not apply: the port is part of --public-url, such as http://127.0.0.1:5001'],
    [
      { scenario: '2', publicUrl: 'http://127.0.0.1:5000' },
      '--public-url: does not apply: scenarios 1 and 2 have no server',
    ],
    [
      { scenario: '1', backendStore: 'sqlite' },
      '--backend-store: does not apply: scenario 1 keeps runs in plain files',
    ],
  ])('%j', async (flags, problem) => {
    expect(await problemsOf({ flags })).toEqual([problem])
  })

  it('are all listed, also those of the environment and the file, with the names that were meant', async () => {
    const file = parseAnswersFile('name: Bad Name\nscenaro: 3\n', 'answers.yaml')
    const env = { MLFLOW_SETUP_WORKERS: 'many', MLFLOW_SETUP_SCENARO: '5', MLFLOW_SETUP_TEST_ALL: '1' }
    expect(await problemsOf({ env, file })).toEqual([
      'scenaro (answers.yaml:2): is not a known key; did you mean scenario?',
      'MLFLOW_SETUP_SCENARO: is not a known variable; did you mean MLFLOW_SETUP_SCENARIO?',
      'name (answers.yaml:1): "Bad Name" is not a name: use lower-case letters, digits and dashes, a letter first',
      '--workers: "many" is not a number',
    ])
  })

  it('do not make the questions that hang on them wrong too', async () => {
    expect(await problemsOf({ flags: { scenario: '9', publicUrl: 'http://127.0.0.1:5001' } })).toEqual([
      '--scenario: "9" is not one of 1, 2, 3, 4, 5, 6',
    ])
  })
})

describe('answers become facts of this machine', () => {
  it.each([
    ['~/x', '/home/ada/x'],
    ['x/../y/', '/home/ada/work/y'],
    ['/srv/mlflow/', '/srv/mlflow'],
  ])('dir %s', async (dir, absolute) => {
    expect((await resolveAnswers({ ...NOTHING, flags: { dir } }, fakeFacts())).answers.dir).toBe(absolute)
  })

  it.each([
    ['/srv/My Models', 'my-models'],
    ['/srv/Prüfstand #3', 'prufstand-3'],
    ['/srv/42', 'mlflow'],
    ['/', 'mlflow'],
  ])('the name comes from the directory %s', async (dir, name) => {
    expect((await resolveAnswers({ ...NOTHING, flags: { dir } }, fakeFacts())).answers.name).toBe(name)
  })
})

describe('a broken answers file', () => {
  it.each([
    ['scenario: [', 'a.yaml:1:12 is not valid YAML.'],
    ['- 3', 'a.yaml holds no answers.'],
    ['scenario: {a: 1}', 'a.yaml:1: scenario must be one value, not a list or a block.'],
    ['scenario: 3\nscenario: 5', 'a.yaml:2:1 is not valid YAML.'],
  ])('%j', (text, message) => {
    expect(() => parseAnswersFile(text, 'a.yaml')).toThrow(message)
  })

  it('may be empty, and may be JSON', () => {
    expect(parseAnswersFile('', 'a').answers).toEqual({})
    expect(parseAnswersFile('{"scenario": 5}', 'a').answers).toEqual({ scenario: 5 })
  })
})

describe('an answer that takes a program', () => {
  const sources = { ...NOTHING, flags: { scenario: 3, target: 'compose' } }

  it('leaves it open where it is missing and may be installed', async () => {
    const { answers, open } = await resolveAnswers(sources, fakeFacts({}, { installable: ['docker'] }))
    expect([answers.target, open]).toEqual(['compose', ['docker']])
  })

  it('leaves nothing open where it is there, or may not be installed', async () => {
    const there = fakeFacts({ engine: READY_ENGINE }, { installable: ['docker'] })
    expect((await resolveAnswers(sources, there)).open).toEqual([])
    expect((await resolveAnswers(sources, fakeFacts())).open).toEqual([])
  })
})

it('containers are the default where they spare a team two programs, and only with an engine that will do', () => {
  const bare = { postgres: { programs: [], sockets: [] }, nginx: undefined }
  const suggested = (engine: FoundEngine) => target.default({ scenario: 5 }, fakeFacts({ ...bare, engine }))?.value
  expect(suggested(READY_ENGINE)).toBe('compose')
  expect(suggested({ ...READY_ENGINE, version: '20.10.24' })).toBe('native')
  expect(suggested({ ...READY_ENGINE, composeVersion: undefined })).toBe('native')
  expect(suggested({ kind: 'none', podman: false })).toBe('native')
})
