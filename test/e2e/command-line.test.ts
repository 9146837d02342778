import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await makeSandbox()
})
afterAll(() => sandbox.remove())

/** Runs the same as text and as JSON; both must fail alike, and leave no trace. */
async function refused(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const before = await readdir(sandbox.home)
  const [text, json] = await Promise.all([sandbox.run(args, { env }), sandbox.run([...args, '--json'], { env })])
  expect([text.code, text.out, json.code, json.err]).toEqual([2, '', 2, ''])
  expect(JSON.parse(json.out)).toMatchObject({ schemaVersion: 1, kind: 'error', errors: [{ kind: 'user' }] })
  expect(await readdir(sandbox.home)).toEqual(before)
  return text.err.replace(/\s+/g, ' ').trim()
}

describe('a command line', () => {
  it.each([
    [['--yess'], "Unknown option '--yess'. Do Did you mean --yes? mlflow-setup --help"],
    [['--scenaro', '3'], 'Did you mean --scenario?'],
    [['plan', '--chek'], 'Did you mean --check? mlflow-setup plan --help'],
    [['status', '--jsn'], 'Did you mean --json? mlflow-setup status --help'],
    [['logs', '--folow'], 'Did you mean --follow? mlflow-setup logs --help'],
    [['aply'], 'aply is not a command. Do Did you mean: mlflow-setup apply'],
    [['--yes', 'aply'], 'aply is not a command.'],
    [['help', 'frobnicate'], 'frobnicate is not a command.'],
    [
      ['user'],
      'user does not say what to do: list, add, passwd or remove. Do More about them: mlflow-setup user --help',
    ],
    [['user', 'ls'], "Unknown command 'ls'. Do Did you mean: mlflow-setup user list"],
    [['frobnicate'], 'frobnicate is not a command. Do These are: mlflow-setup --help'],
    [['apply', 'extra'], 'Expected 0 arguments but got 1. Do'],
    [['test', 'http://127.0.0.1:5999', 'extra'], 'Expected 1 argument but got 2. Do'],
    [['--scenario'], 'mlflow-setup --help'],
    [['logs', '--lines', 'many'], '"many" is not a number of lines'],
    [['test', 'http://127.0.0.1:5999', '--test-client', 'off'], '"off" would test nothing; take rest, python or all'],
    [['test', 'localhost:5000'], '"localhost:5000" has no scheme; write http://localhost:5000'],
  ])('%j is answered with what was probably meant', async (args, expected) => {
    expect(await refused(args)).toContain(expected)
  })

  it.each([
    [['--scenario', '9'], '"9" is not one of 1, 2, 3, 4, 5, 6'],
    [['--scenario', '4'], '--s3-bucket missing: the bucket for artifacts'],
    [['--scenario', '1', '--target', 'compose'], '"compose" has nothing to run in scenario 1'],
    [['--target', 'kubernets'], '"kubernets" is not native or compose'],
    [['--scenario', '1', '--public-url', 'http://127.0.0.1:5055'], '--public-url does not apply: scenarios 1 and 2'],
    [['--scenario', '1', '--backend-store', 'sqlite'], '--backend-store does not apply: scenario 1'],
    [['--port', '5001'], '--port does not apply: the port is part of --public-url'],
    [['--scenario', '2', '--test-client', 'rest'], '--test-client "rest" needs a server, and scenario 2 has none'],
    [['--backend-store', 'postgres'], '"postgres" does not go with scenario 3; take sqlite, or scenario 4, 5 or 6'],
    [['--mlflow-version', '3.1.0'], 'is older than 3.11.0: known security holes'],
    [['--service', 'sysvinit'], '"sysvinit" is not one of systemd, systemd-user, background'],
  ])('of answers that do not go together, %j', async (args, expected) => {
    expect(await refused(['--yes', ...args])).toContain(expected)
  })

  it('has all its faults listed at once', async () => {
    const said = await refused(['--yes', '--scenario', '9', '--workers', '0', '--name', 'My Stack'], {
      MLFLOW_SETUP_TARGET: 'moon',
      MLFLOW_SETUP_SCENARO: '3',
    })
    expect(said).toMatch(/^mlflow-setup: 5 answers are wrong\. Nothing was changed\./)
    for (const name of ['--scenario', '--workers', '--name', '--target', 'MLFLOW_SETUP_SCENARO']) {
      expect(said).toContain(name)
    }
  })
})

it('tests servers on ports of root too, such as a proxy on this machine', async () => {
  const { code, out } = await sandbox.run(['test', 'http://127.0.0.1:1', '--json'])
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, ok: false, trackingUri: 'http://127.0.0.1:1' })
})

describe('an answers file', () => {
  it.each([
    ['scenaro: 3\n', /scenaro \(answers\.yaml:1\) is not a known key; did you mean scenario\?/],
    ['scenario: 3\nworkers: none\n', /workers \(answers\.yaml:2\) "none" is not a number/],
    ['scenario: [3\n', /answers\.yaml:\d+:\d+/],
    ['scenario: 3\nscenario: 5\n', /answers\.yaml:2:\d+.*(unique|twice)/i],
    ['just words\n', /answers\.yaml holds no answers/],
    ['scenario:\n  - 3\n', /answers\.yaml:1: scenario must be one value/],
    ['dir:\n', /answers\.yaml:1.*dir|dir \(answers\.yaml:1\)/],
  ])('with %j is refused with its place', async (text, expected) => {
    const file = join(sandbox.home, 'answers.yaml')
    await writeFile(file, text)
    expect(await refused(['--yes', '--answers', 'answers.yaml'])).toMatch(expected)
  })

  it('that is not there, or is a directory, is named', async () => {
    expect(await refused(['--yes', '--answers', 'none.yaml'])).toContain('There is no answers file none.yaml')
    expect(await refused(['--yes', '--answers', '/tmp'])).toMatch(/\/tmp cannot be used.*It is a directory/)
  })
})

describe('a spec', () => {
  const good = (port: number) =>
    [
      'schemaVersion: 1',
      'name: mine',
      'scenario: 3',
      'target: native',
      'mlflowVersion: 3.17.2',
      `publicUrl: http://127.0.0.1:${port}`,
      'backendStore: { kind: sqlite, path: data/mlflow.db }',
      'artifactStore: { kind: local, path: data/artifacts }',
      'python: /usr/bin/python3',
      '',
    ].join('\n')

  afterEach(() => rm(join(sandbox.home, 'mlflow-setup.yaml'), { force: true }))

  it.each([
    ['scenario: 3', 'scenario: 1', /publicUrl does not apply/],
    ['scenario: 3', 'scenario: [', /mlflow-setup\.yaml:\d+:\d+/],
    ['target: native', 'target: moon', /mlflow-setup\.yaml:4:9 target is "moon"/],
    ['name: mine', 'nmae: mine', /mlflow-setup\.yaml:2:1 nmae is not a known key; did you mean name\?/],
    ['kind: sqlite', 'kind: postgres', /backendStore/],
    ['python: /usr/bin/python3', 'workers: 2', /python is missing/],
    ['schemaVersion: 1', 'schemaVersion: 2', /schemaVersion/],
    ['schemaVersion: 1', '%', /mlflow-setup\.yaml:2:1 is not valid YAML/],
  ])('with %j → %j is refused by every command, with line and column', async (before, after, expected) => {
    const text = good(await freePort()).replace(before, after)
    await writeFile(join(sandbox.home, 'mlflow-setup.yaml'), text)
    for (const command of ['--yes', 'plan', 'apply', 'status']) {
      // oxlint-disable-next-line no-await-in-loop -- two runs at a time are enough for this machine
      expect(await refused([command])).toMatch(expected)
    }
  })
})
