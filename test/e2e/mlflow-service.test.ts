import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runServices } from '../../src/actions/run-services.ts'
import { makeBackgroundSupervisor } from '../../src/actions/supervisors/background.ts'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import type { RunServicesInput } from '../../src/targets/service.ts'
import { mlflowPython } from '../testbed/mlflow-venv.ts'
import {
  eventually,
  firstOf,
  makeInput,
  makeStackDirectory,
  readIfThere,
  realPorts,
  removeStackDirectory,
  healthUrlOf,
  environmentFileOf,
} from '../testbed/services.ts'

const ports = realPorts()
const { signal } = new AbortController()
let directory = ''
let input: RunServicesInput

beforeEach(async () => {
  directory = await makeStackDirectory()
  await mkdir(join(directory, 'data'))
  const python = await mlflowPython(PINNED_MLFLOW_VERSION)
  input = await makeInput(directory, '', {
    name: 'mlflow',
    command: { file: python, args: ['-m', 'mlflow', 'server'], env: {} },
    log: join(directory, 'logs', 'mlflow.log'),
    startTimeoutMs: 240_000,
    stopTimeoutMs: 40_000,
  })
})

afterEach(async () => {
  await makeBackgroundSupervisor(input, ports).stop(signal)
  await removeStackDirectory(directory)
})

async function writeEnvironment(changes: Record<string, string> = {}): Promise<string> {
  const environmentFile = environmentFileOf(firstOf(input))
  const healthUrl = healthUrlOf(firstOf(input))
  const variables = {
    MLFLOW_HOST: '127.0.0.1',
    MLFLOW_PORT: new URL(healthUrl).port,
    MLFLOW_WORKERS: '2',
    MLFLOW_BACKEND_STORE_URI: 'sqlite:///data/mlflow.db',
    MLFLOW_ARTIFACTS_DESTINATION: './data/artifacts',
    MLFLOW_UVICORN_OPTS: '--no-access-log --timeout-worker-healthcheck=60',
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
    MLFLOW_SERVER_ALLOWED_HOSTS: 'localhost:*,127.0.0.1:*',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    ...changes,
  }
  const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'\n`)
  await writeFile(environmentFile, lines.join(''))
  return healthUrl.replace('/health', '')
}

it('runs MLflow by its environment file alone, with relative paths, and brings it back after a crash', async () => {
  const url = await writeEnvironment()
  const phases: string[] = []
  await runServices.apply(input, ports, (text) => phases.push(text), signal)
  expect(await runServices.inspect(input, ports, signal)).toEqual({ effect: 'unchanged', why: 'running' })
  expect(phases).toContain('loading')
  expect((await fetch(`${url}/health`, { headers: { Host: '127.0.0.1' } })).status).toBe(200)

  const put = await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/7/x.txt`, { method: 'PUT', body: 'text' })
  expect(put.status).toBe(200)
  expect((await stat(join(directory, 'data/artifacts/7/x.txt'))).size).toBe(4)
  expect((await stat(join(directory, 'data/mlflow.db'))).size).toBeGreaterThan(0)

  const supervisor = makeBackgroundSupervisor(input, ports)
  const state = await supervisor.look(firstOf(input), signal)
  const tree = await ports.processes.tree(state.pid ?? 0)
  expect(tree.filter(({ commandLine }) => commandLine.includes('spawn_main'))).toHaveLength(2)
  expect(tree.filter(({ commandLine }) => commandLine.includes('huey'))).toHaveLength(0)
  const log = await readIfThere(firstOf(input).log)
  expect(log).toContain('Application startup complete')
  expect(log).not.toMatch(/"GET \/health/u)

  // The parent alone: its workers must not keep the port.
  process.kill(state.pid ?? 0, 'SIGKILL')
  await eventually('the next server', async () => (await supervisor.look(firstOf(input), signal)).restarts === 1)
  await eventually(
    'its answer',
    () =>
      fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => undefined,
      ),
    120_000,
  )
  expect((await supervisor.look(firstOf(input), signal)).lastExit?.signal).toBe('SIGKILL')
  expect(await runServices.inspect(input, ports, signal)).toEqual({ effect: 'unchanged', why: 'running' })

  await supervisor.stop(signal)
  for (const { pid, startedAt } of tree) expect((await ports.processes.look(pid))?.startedAt).not.toBe(startedAt)
})

it('explains why MLflow did not start', async () => {
  await writeEnvironment({ MLFLOW_BACKEND_STORE_URI: './mlruns' })
  await expect(runServices.apply(input, ports, () => undefined, signal)).rejects.toMatchObject({
    code: 'service.died',
    exitCode: 1,
    because: 'MLflow keeps plain files only for those who ask for it.',
  })
})
