import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import type { StepResult } from '../../src/test-client/step.ts'
import { freePort, startMlflow } from '../testbed/mlflow-server.ts'
import { mlflowPython } from '../testbed/mlflow-venv.ts'
import { outcomes, problemOf, provePython } from '../testbed/prove.ts'

const ALL_PASSED = {
  client: 'passed',
  experiment: 'passed',
  run: 'passed',
  files: 'passed',
  model: 'passed',
  search: 'passed',
  trace: 'passed',
  cleanup: 'passed',
}
/** Everything that a directory's name may have and that a URI has to encode. */
const ODD = ['my runs', 'run #1', '100 % done', `it's "mine"`, 'Läufe и 実験'].join(' ')
let python: string
let folder: string

beforeAll(async () => {
  python = await mlflowPython(PINNED_MLFLOW_VERSION)
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-prove-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('without a server', () => {
  it('proves a SQLite file in an oddly named directory and leaves only its tables', async () => {
    const home = join(folder, ODD, 'sqlite')
    mkdirSync(home, { recursive: true })
    const uri = `sqlite:///${pathToFileURL(join(home, 'mlflow.db')).pathname}`
    const experimentArtifactLocation = pathToFileURL(join(home, 'artifacts')).href
    const results = await provePython(uri, { python, env: {}, experimentArtifactLocation, cwd: folder })
    expect(outcomes(results), JSON.stringify(results)).toEqual(ALL_PASSED)
    expect(results[0]?.detail).toContain(`MLflow ${PINNED_MLFLOW_VERSION}`)
    expect(readdirSync(home)).toEqual(['mlflow.db'])
  })

  it('explains a current directory that MLflow cannot write into its SQL', async () => {
    const cwd = join(folder, ODD)
    const results = await provePython(`sqlite:///${join(folder, 'quoted.db')}`, { python, env: {}, cwd })
    expect(problemOf(results, 'experiment').because).toContain('both kinds of quotes')
  })

  it('takes back what lands in the current directory when no location is given', async () => {
    const home = join(folder, 'plain')
    const cwd = join(folder, 'somewhere')
    mkdirSync(home)
    mkdirSync(cwd)
    const results = await provePython(`sqlite:///${home}/mlflow.db`, { python, env: {}, cwd })
    expect(outcomes(results), JSON.stringify(results)).toEqual(ALL_PASSED)
    expect(results[1]?.detail).toContain(join(cwd, 'mlruns'))
    expect(readdirSync(cwd)).toEqual([])
  })

  it('proves a folder of files in an oddly named directory', async () => {
    const home = join(folder, ODD, 'files')
    mkdirSync(home, { recursive: true })
    const uri = pathToFileURL(join(home, 'mlruns')).href
    const results = await provePython(uri, { python, env: { MLFLOW_ALLOW_FILE_STORE: 'true' }, cwd: home })
    expect(outcomes(results), JSON.stringify(results)).toEqual(ALL_PASSED)
    const left = readdirSync(join(home, 'mlruns'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    expect(left.map(({ name, parentPath }) => join(parentPath, name))).toEqual([join(home, 'mlruns', '0', 'meta.yaml')])
  })

  it('explains a folder of files that MLflow refuses', async () => {
    const results = await provePython(pathToFileURL(join(folder, 'refused')).href, { python, env: {} })
    expect(problemOf(results, 'experiment').hint.text).toContain('MLFLOW_ALLOW_FILE_STORE=true')
  })
})

describe('with a server', () => {
  it('proves it and leaves no file', async () => {
    const server = await startMlflow()
    const temporary = join(folder, 'temporary')
    mkdirSync(temporary)
    try {
      const results = await provePython(server.url, { python, env: { TMPDIR: temporary } })
      expect(outcomes(results), JSON.stringify(results)).toEqual(ALL_PASSED)
      expect(readdirSync(temporary)).toEqual([])
      expect(existsSync(server.artifacts) ? readdirSync(server.artifacts) : []).toEqual([])
    } finally {
      await server.stop()
    }
  })

  it('logs in, and shows no password when that fails', async () => {
    const password = 'correct-horse-1'
    const env = { MLFLOW_FLASK_SERVER_SECRET_KEY: 'k'.repeat(32), MLFLOW_AUTH_ADMIN_PASSWORD: password }
    const server = await startMlflow({ args: ['--app-name', 'basic-auth'], env })
    try {
      const good = await provePython(server.url, { python, env: {} }, { user: 'admin', password })
      expect(outcomes(good), JSON.stringify(good)).toEqual({ ...ALL_PASSED, login: 'passed' })
      const wrong = await provePython(
        server.url,
        { python, env: {} },
        { user: 'admin', password: 'marker-of-a-secret' },
      )
      expect(problemOf(wrong, 'login').because).toBe('The server does not accept this user with this password.')
      expect(JSON.stringify(wrong)).not.toContain('marker-of-a-secret')
    } finally {
      await server.stop()
    }
  })

  it('cleans up after an abort and throws its reason', async () => {
    const home = join(folder, 'aborted')
    mkdirSync(home)
    const abort = new AbortController()
    const seen: StepResult[] = []
    const onStep = (result: StepResult) => {
      seen.push(result)
      if (result.id === 'files') abort.abort(new Error('stop'))
    }
    const location = pathToFileURL(join(home, 'artifacts')).href
    const client = { python, env: {}, experimentArtifactLocation: location, cwd: home }
    await expect(provePython(`sqlite:///${home}/mlflow.db`, client, { signal: abort.signal, onStep })).rejects.toThrow(
      'stop',
    )
    expect(seen.at(-1)).toMatchObject({ id: 'cleanup', status: 'passed' })
    expect(readdirSync(home)).toEqual(['mlflow.db'])
  })

  it('explains a server that is not there', async () => {
    const results = await provePython(`http://127.0.0.1:${await freePort()}`, { python, env: {} })
    expect(outcomes(results)).toMatchObject({ client: 'passed', experiment: 'failed', run: 'needs experiment' })
    expect(problemOf(results, 'experiment').hint.command).toBe('mlflow-setup status')
  })
})

describe('with a Python that is not good', () => {
  it('says that there is none', async () => {
    const results = await provePython('sqlite:///x.db', { python: '/nowhere/python', env: {} })
    expect(outcomes(results)).toMatchObject({ client: 'failed', experiment: 'needs client', trace: 'needs client' })
    expect(problemOf(results, 'client').what).toContain('/nowhere/python')
  })

  it('names the package that is missing', async () => {
    const results = await provePython('sqlite:///x.db', { python: '/usr/bin/python3', env: {} })
    expect(problemOf(results, 'client').because).toBe('This Python lacks the package mlflow.')
  })

  it('makes a step of a crash, with the last words of Python', async () => {
    const env = { PYTHONHOME: '/nowhere' }
    const results = await provePython('sqlite:///x.db', { python, env })
    expect(outcomes(results)).toMatchObject({ client: 'failed', experiment: 'needs client' })
    expect(problemOf(results, 'client').what).toContain('ended with code 1')
  })
})
