// A whole stack as root sets it up: PostgreSQL, MLflow and nginx in the background, each as the user that it should be.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, stat, chmod } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import { makeSupervisor } from '../../src/actions/supervisors/make-supervisor.ts'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { Secret } from '../../src/secret.ts'
import { resolveSecrets } from '../../src/stack/secrets.ts'
import type { Stack } from '../../src/stack/spec.ts'
import { nativeServices } from '../../src/targets/native/native.ts'
import { makeActionPorts, ownEnv } from '../testbed/action-ports.ts'
import { applyStack, differencesOf, groupsOf } from '../testbed/apply-stack.ts'
import { need } from '../testbed/need.ts'
import { freePort } from '../testbed/services.ts'
import { startStorage, storageProgram, type StorageServer } from '../testbed/storage-server.ts'
import { fakeStack, MANAGED_POSTGRES, SECURED } from '../fakes/stack.ts'

const run = promisify(execFile)
const { signal } = new AbortController()
/** One that the service user may run, unlike the one in root's home. */
const PYTHON = '/usr/bin/python3'
const USER = 'mlflow-setup-test'

let parent: string
let storage: StorageServer
let stack: Stack
let ports: ActionPorts

function possible(): string | undefined {
  const there = existsSync(PYTHON) && existsSync('/usr/sbin/nginx') && existsSync(MANAGED_POSTGRES.programs)
  return process.getuid?.() === 0 && there && storageProgram('versitygw') !== undefined ? 'yes' : undefined
}

beforeAll(async () => {
  if (possible() === undefined) return
  parent = await mkdtemp('/srv/mlflow-setup-own-user-')
  await chmod(parent, 0o755)
  storage = await startStorage('versitygw')
  const directory = join(parent, 'team stack')
  const publicPort = await freePort()
  const base = fakeStack(6, {
    publicUrl: `https://localhost:${publicPort}/ml`,
    port: await freePort(),
    artifactsPort: await freePort(),
    artifactStore: { ...SECURED.artifactStore, endpoint: storage.endpoint, region: storage.region, prefix: 'team' },
    runAs: USER,
    python: PYTHON,
    service: 'background',
  })
  stack = { ...base, directory }
  const real = makeActionPorts(ownEnv())
  const given = {
    AWS_ACCESS_KEY_ID: new Secret(storage.keys.id),
    AWS_SECRET_ACCESS_KEY: new Secret(storage.keys.secret),
  }
  ports = { ...real, secrets: resolveSecrets(stack.spec, {}, real.random, given) }
})

afterAll(async () => {
  if (possible() === undefined) return
  for (const { input } of groupsOf(stack).toReversed()) await makeSupervisor(input, ports).stop(signal)
  await storage.stop()
  await run('userdel', [USER]).catch(() => undefined)
  await rm(parent, { recursive: true, force: true })
})

const mainProcess = async (name: string): Promise<number> => {
  const group = groupsOf(stack).find(({ input }) => input.services.some((service) => service.name === name))
  const service = group?.input.services.find((one) => one.name === name)
  if (group === undefined || service === undefined) throw new Error(`no service ${name}`)
  const { pid } = await makeSupervisor(group.input, ports).look(service, signal)
  if (pid === undefined) throw new Error(`${name} does not run`)
  return pid
}

const userOf = async (pid: number) => (await run('ps', ['-o', 'user:32=', '-p', String(pid)])).stdout.trim()

const environmentOf = async (pid: number): Promise<Record<string, string>> => {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8')
  const lines = text.split('\0').filter((line) => line.includes('='))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

describe('scenario 6, set up by root with a user of its own', () => {
  it('comes up, and a second run has nothing to do', async (context) => {
    need(context, possible(), 'root, nginx, PostgreSQL 15, versitygw and a Python outside of /root')
    await applyStack(stack, ports)
    expect((await differencesOf(stack, ports)).map(({ action, why }) => `${action.id}: ${why}`)).toEqual([])
  }, 280_000)

  it('runs each service as its user, with what it needs and no more', async (context) => {
    need(context, possible(), 'root, nginx, PostgreSQL 15, versitygw and a Python outside of /root')
    const names = nativeServices(stack).map(({ name }) => name)
    expect(names).toEqual(['postgresql', 'mlflow', 'artifacts', 'nginx'])
    const users = await Promise.all(names.map(async (name) => userOf(await mainProcess(name))))
    expect(users).toEqual(['postgres', USER, USER, USER])
    const [tracking, artifacts, nginx] = await Promise.all(
      ['mlflow', 'artifacts', 'nginx'].map(async (name) => environmentOf(await mainProcess(name))),
    )
    expect(tracking).toMatchObject({ PGPASSWORD: expect.stringMatching(/./), HOME: '/nonexistent', USER })
    expect(Object.keys(tracking ?? {}).filter((name) => /^AWS.*(?:KEY|TOKEN)|S3_ENDPOINT/u.test(name))).toEqual([])
    expect(artifacts).toMatchObject({ AWS_SECRET_ACCESS_KEY: storage.keys.secret })
    expect(Object.keys(artifacts ?? {}).filter((name) => /^PG|BACKEND/u.test(name))).toEqual([])
    expect(Object.keys(nginx ?? {}).filter((name) => /^(?:PG|AWS|MLFLOW)_?[A-Z]*(?:PASS|KEY)/u.test(name))).toEqual([])
  })

  it('keeps programs and secrets from that user, and gives it its data', async (context) => {
    need(context, possible(), 'root, nginx, PostgreSQL 15, versitygw and a Python outside of /root')
    const at = (...parts: string[]) => join(stack.directory, ...parts)
    const as = (args: string[]) =>
      run('setpriv', [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', ...args]).then(
        () => 'yes',
        () => 'no',
      )
    expect(await as(['cat', at('.env')])).toBe('no')
    expect(await as(['ls', at('.mlflow-setup')])).toBe('no')
    expect(await as(['ls', at('postgresql', 'data')])).toBe('no')
    expect(await as(['touch', at('venv', 'mine')])).toBe('no')
    expect(await as(['touch', at('tmp', 'mine')])).toBe('yes')
    const [uid, root] = await Promise.all([stat(at('tmp')), stat(at('venv'))])
    expect([uid.uid === 0, root.uid]).toEqual([false, 0])
    // Compiled once, for all later starts.
    expect(await readdir(at('cache', 'python'))).not.toEqual([])
  })

  it('lists and hands out files through the tracking server, which has no keys', async (context) => {
    need(context, possible(), 'root, nginx, PostgreSQL 15, versitygw and a Python outside of /root')
    const url = `http://127.0.0.1:${stack.spec.port}/ml`
    const call = async (path: string, body: object) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      return (await fetch(`${url}/api/2.0/mlflow/${path}`, init)).text()
    }
    const { experiment_id } = JSON.parse(await call('experiments/create', { name: 'from the test' }))
    const { run: made } = JSON.parse(await call('runs/create', { experiment_id, start_time: 1 }))
    const uri: string = made.info.artifact_uri
    expect(uri).toMatch(/^mlflow-artifacts:\//u)
    const put = `http://127.0.0.1:${stack.spec.artifactsPort}/ml/api/2.0/mlflow-artifacts/artifacts${uri.slice('mlflow-artifacts:'.length)}/a/b.txt`
    expect((await fetch(put, { method: 'PUT', body: 'hello' })).status).toBe(200)
    const listed = await fetch(`${url}/api/2.0/mlflow/artifacts/list?run_id=${made.info.run_id}&path=a`)
    expect(await listed.json()).toMatchObject({ files: [{ path: 'a/b.txt', file_size: 5 }] })
    const got = await fetch(`${url}/get-artifact?run_id=${made.info.run_id}&path=a/b.txt`)
    expect(await got.text()).toBe('hello')
  })

  it('stops in the other order and starts again', async (context) => {
    need(context, possible(), 'root, nginx, PostgreSQL 15, versitygw and a Python outside of /root')
    for (const { input } of groupsOf(stack).toReversed()) await makeSupervisor(input, ports).stop(signal)
    expect((await differencesOf(stack, ports)).map(({ action }) => action.id)).toEqual([
      'run-services:postgresql',
      'create-database:mlflow',
      'initialise-schema:mlflow',
      'run-services:mlflow',
      'run-services:nginx',
    ])
    await applyStack(stack, ports)
    expect(await differencesOf(stack, ports)).toEqual([])
    const env = parseEnvFile(await readFile(join(stack.directory, '.env'), 'utf8'))
    expect(env).not.toHaveProperty('MLFLOW_SETUP_POSTGRES_ADMIN_URL')
  }, 120_000)
})
