import { createServer } from 'node:http'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { StepResult } from '../../src/test-client/step.ts'
import { freePort, startMlflow } from '../testbed/mlflow-server.ts'
import type { RunningServer, ServerWish } from '../testbed/mlflow-server.ts'
import { outcomes, problemOf, proveRest } from '../testbed/prove.ts'

const ALL_PASSED = {
  server: 'passed',
  login: 'passed',
  experiment: 'passed',
  run: 'passed',
  files: 'passed',
  model: 'passed',
  search: 'passed',
  trace: 'passed',
  cleanup: 'passed',
}
const running: RunningServer[] = []
let shared: RunningServer

beforeAll(async () => {
  shared = await startMlflow()
})

afterAll(() => shared.stop())

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

async function serve(wish: ServerWish = {}): Promise<RunningServer> {
  const server = await startMlflow(wish)
  running.push(server)
  return server
}

async function ask(url: string): Promise<string> {
  return (await fetch(url)).text()
}

it('passes every step and leaves nothing', async () => {
  const seen: string[] = []
  const results = await proveRest(shared.url, { onStep: ({ id }) => seen.push(id) })
  expect(outcomes(results), JSON.stringify(results)).toEqual(ALL_PASSED)
  expect(seen).toEqual(Object.keys(ALL_PASSED))
  expect(results.find(({ id }) => id === 'server')?.detail).toBe('3.17.2')
  expect(results.find(({ id }) => id === 'files')?.detail).toBe('12 MB up, listed, down')
  expect(await experiments(shared)).toEqual(['Default'])
  expect(await ask(`${shared.url}/api/2.0/mlflow/registered-models/search?max_results=5`)).toMatch(/^\{\s*\}$/)
  expect(existsSync(shared.artifacts) ? readdirSync(shared.artifacts) : []).toEqual([])
})

it('cleans up after an abort and throws its reason', async () => {
  const abort = new AbortController()
  const seen: StepResult[] = []
  const onStep = (result: StepResult) => {
    seen.push(result)
    if (result.id === 'run') abort.abort(new Error('stop'))
  }
  await expect(proveRest(shared.url, { signal: abort.signal, onStep })).rejects.toThrow('stop')
  expect(seen.at(-1)).toMatchObject({ id: 'cleanup', status: 'passed' })
  expect(await experiments(shared)).toEqual(['Default'])
})

it('keeps everything when asked to', async () => {
  const results = await proveRest(shared.url, { keep: true })
  const name = /mlflow-setup-test-\d{8}-[0-9a-f]{8}/.exec(results.at(-1)?.detail ?? '')?.[0]
  expect(results.at(-1)?.status).toBe('passed')
  expect(await experiments(shared)).toContain(name)
  expect(
    readdirSync(shared.artifacts, { recursive: true }).filter((file) => String(file).endsWith('.bin')),
  ).toHaveLength(2)
})

it('works below a path, and says so when the path is missing', async () => {
  const server = await serve({ args: ['--static-prefix', '/p'], prefix: '/p' })
  expect(outcomes(await proveRest(server.url))).toEqual(ALL_PASSED)
  const bare = await proveRest(new URL(server.url).origin)
  expect(outcomes(bare)).toMatchObject({ server: 'failed', login: 'needs server', trace: 'needs experiment' })
  expect(problemOf(bare, 'server').because).toContain('--static-prefix')
})

it('leaves the files to the Python client where the server does not serve them', async () => {
  const server = await serve({ args: ['--no-serve-artifacts'] })
  const results = await proveRest(server.url)
  expect(outcomes(results)).toEqual({ ...ALL_PASSED, files: 'skipped' })
  expect(results.find(({ id }) => id === 'files')?.detail).toContain('the Python client proves it')
})

it('explains experiments whose files are behind a proxy that is switched off', async () => {
  const server = await serve({ args: ['--no-serve-artifacts', '--default-artifact-root', 'mlflow-artifacts:/'] })
  const results = await proveRest(server.url)
  expect(outcomes(results)).toMatchObject({
    run: 'passed',
    files: 'failed',
    model: 'passed',
    search: 'passed',
    trace: 'passed',
    cleanup: 'passed',
  })
  expect(problemOf(results, 'files').because).toContain('--no-serve-artifacts')
})

it('recognises a server that is only for files', async () => {
  const server = await serve({ args: ['--artifacts-only'], backend: false })
  const results = await proveRest(server.url)
  expect(problemOf(results, results.find(({ status }) => status === 'failed')?.id ?? '').because).toContain(
    'scenario 6',
  )
})

it('names the host that the server does not know', async () => {
  const server = await serve({ env: { MLFLOW_SERVER_ALLOWED_HOSTS: 'ml.example' } })
  const problem = problemOf(await proveRest(server.url), 'server')
  expect(problem.because).toContain(new URL(server.url).host)
  expect(problem.hint.text).toContain('MLFLOW_SERVER_ALLOWED_HOSTS')
})

it('logs in, and explains a login that is wrong or missing', async () => {
  const password = 'correct-horse-1'
  const env = { MLFLOW_FLASK_SERVER_SECRET_KEY: 'k'.repeat(32), MLFLOW_AUTH_ADMIN_PASSWORD: password }
  const server = await serve({ args: ['--app-name', 'basic-auth'], env })
  const good = await proveRest(server.url, { user: 'admin', password })
  expect(outcomes(good), JSON.stringify(good)).toEqual(ALL_PASSED)
  expect(good.find(({ id }) => id === 'login')?.detail).toBe('admin; nobody without the password')
  expect(existsSync(server.artifacts) ? readdirSync(server.artifacts) : []).toEqual([])
  const wrong = await proveRest(server.url, { user: 'admin', password: 'marker-of-a-secret' })
  expect(outcomes(wrong)).toMatchObject({ server: 'passed', login: 'failed', experiment: 'needs login' })
  expect(problemOf(wrong, 'login').because).toBe('The server does not accept this user with this password.')
  expect(JSON.stringify(wrong)).not.toContain('marker-of-a-secret')
  expect(problemOf(await proveRest(server.url), 'login').because).toContain('none was given')
})

it('explains a port where nobody listens', async () => {
  const results = await proveRest(`http://127.0.0.1:${await freePort()}`)
  expect(outcomes(results)).toMatchObject({ server: 'failed', login: 'needs server', files: 'needs run' })
  expect(problemOf(results, 'server').hint.command).toBe('mlflow-setup status')
})

it('survives a server that is killed half way', async () => {
  const server = await serve()
  const died: Promise<void>[] = []
  const onStep = ({ id }: StepResult) => {
    if (id === 'experiment') died.push(server.kill())
  }
  const results = await proveRest(server.url, { onStep })
  await Promise.all(died)
  expect(outcomes(results)).toMatchObject({
    experiment: 'passed',
    run: 'failed',
    files: 'needs run',
    cleanup: 'failed',
  })
  expect(results.at(-1)?.detail).toContain('left on the server: mlflow-setup-test-')
})

it('says that another web server is not MLflow', async () => {
  const server = createServer((_request, response) => response.end('<html><title>Welcome</title></html>'))
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const results = await proveRest(`http://127.0.0.1:${port}`)
  server.close()
  expect(problemOf(results, 'server').because).toContain('is not MLflow')
})

async function experiments(server: RunningServer): Promise<string[]> {
  const answer: unknown = JSON.parse(await ask(`${server.url}/api/2.0/mlflow/experiments/search?max_results=50`))
  return [...JSON.stringify(answer).matchAll(/"name":"([^"]*)"/g)].map((match) => match[1] ?? '')
}
