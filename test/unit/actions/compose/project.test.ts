// Whose containers and volumes are: what the engine says is made up here, e2e/compose-volumes asks a real one.
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectProject } from '../../../../src/actions/compose/project.ts'
import type { Command, CommandResult } from '../../../../src/ports/commands.ts'
import type { Files } from '../../../../src/ports/files.ts'

const HERE = '/srv/demo'
const SPEC = 'schemaVersion: 1\nname: demo\nscenario: 5\n'

interface World {
  /** Where the container of nginx was made. */
  readonly madeAt?: string
  /** Labels of the volume demo_postgres-data. */
  readonly volume?: Readonly<Record<string, string>>
  /** Texts by their paths. */
  readonly files?: Readonly<Record<string, string>>
}

const said = (stdout: string, stderr = ''): CommandResult => ({
  exitCode: stderr === '' ? 0 : 1,
  found: true,
  timedOut: false,
  stdout,
  stderr,
})

function answer({ args }: Command, { madeAt, volume }: World): CommandResult {
  if (args[0] === 'ps') return said(madeAt === undefined ? '' : 'c0ffee\n')
  if (args[0] === 'container') return said(JSON.stringify([describeContainer(madeAt ?? '')]))
  const named = args.includes('demo_postgres-data')
  return volume === undefined || !named
    ? said('[]\n', `Error response from daemon: get ${args[2]}: no such volume`)
    : said(JSON.stringify([{ Name: 'demo_postgres-data', Labels: volume }]))
}

function describeContainer(madeAt: string) {
  const compose = 'com.docker.compose'
  const State = {
    Status: 'running',
    Pid: 1,
    ExitCode: 0,
    OOMKilled: false,
    StartedAt: '2026-11-21T20:00:00Z',
    FinishedAt: '0001-01-01T00:00:00Z',
  }
  const Labels = {
    [`${compose}.service`]: 'nginx',
    [`${compose}.project.working_dir`]: madeAt,
    [`${compose}.project.config_files`]: `${madeAt}/compose.yaml`,
  }
  return { Id: 'c0ffee', Image: 'i', RestartCount: 0, State, HostConfig: {}, Config: { Labels, Env: [] } }
}

/** The code of the error, or `ours`. */
async function judge(world: World, stackName = 'demo'): Promise<string> {
  const there = world.files ?? {}
  const files: Pick<Files, 'readText' | 'stat' | 'realPath'> = {
    readText: async (path) => there[path],
    stat: async (path) =>
      there[path] === undefined
        ? undefined
        : { kind: 'file', mode: 0o600, size: 1, modified: new Date(0), uid: 0, gid: 0 },
    realPath: async (path) =>
      path === '/link' ? HERE : Object.keys(there).some((one) => dirname(one) === path) ? path : undefined,
  }
  const project = { stackName, stackDirectory: HERE, volumes: [`${stackName}_postgres-data`] }
  const ports = {
    files: files as Files,
    env: {},
    commands: { run: async (command: Command) => answer(command, world) },
  }
  return inspectProject(project, ports as never, new AbortController().signal).then(
    () => 'ours',
    (error: unknown) => `${Object(error).code}: ${Object(error).message}`,
  )
}

const OURS = { [`${HERE}/.env`]: 'A=1', [`${HERE}/compose.yaml`]: 'name: demo\n', [`${HERE}/mlflow-setup.yaml`]: SPEC }

describe('what the engine has under the name of a stack', () => {
  it.each<[string, World]>([
    ['nothing at all', {}],
    ['what was made here', { madeAt: HERE, volume: { 'mlflow-setup.directory': HERE }, files: OURS }],
    [
      'what was made here, and a folder that has lost everything',
      { madeAt: HERE, volume: { 'mlflow-setup.directory': HERE } },
    ],
    [
      'what was made where the stack was before',
      { madeAt: '/old', volume: { 'mlflow-setup.directory': '/old' }, files: OURS },
    ],
    ['a volume that somebody restored', { volume: {}, files: OURS }],
    [
      'what was made where a stack of another name is now',
      { volume: { 'mlflow-setup.directory': '/old' }, files: { ...OURS, '/old/mlflow-setup.yaml': 'name: other\n' } },
    ],
  ])('%s is its own', async (_, world) => {
    expect(await judge(world)).toBe('ours')
  })

  const OTHER = { '/other/mlflow-setup.yaml': SPEC, '/other/compose.yaml': 'name: demo\n' }
  it.each<[World, string]>([
    [{ madeAt: '/other', files: OTHER }, 'the stack in /other'],
    [{ madeAt: '/other', files: { ...OURS, ...OTHER } }, 'the stack in /other'],
    [{ volume: { 'mlflow-setup.directory': '/other' }, files: { ...OURS, ...OTHER } }, 'the stack in /other'],
    [{ madeAt: '/home/ada', files: { ...OURS, '/home/ada/compose.yaml': '' } }, 'a project of /home/ada/compose.yaml'],
    [{ madeAt: '/gone' }, 'a stack that was in /gone'],
    [{ volume: { 'mlflow-setup.directory': '/gone' } }, 'a stack that was in /gone'],
    [{ volume: { 'com.docker.compose.project': 'demo' } }, 'another Compose project'],
    [{ volume: {} }, 'a volume that nobody has described'],
  ])('%j is not', async (world, owner) => {
    expect(await judge(world)).toBe(`stack.name-taken: The name demo is taken by ${owner}. Nothing was changed.`)
  })

  it('is lost by another name, and not where there is nothing yet', async () => {
    const files = OURS
    expect(await judge({ volume: {}, files }, 'new')).toMatch(/^stack\.renamed: This stack is called demo, and not new/)
    expect(await judge({ files }, 'new')).toBe('ours')
  })
})
