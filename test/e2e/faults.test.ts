import { readdir, readFile, rm } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { need } from '../testbed/need.ts'
import { makePrivateMounts, type PrivateMounts } from '../testbed/private-mounts.ts'
import { processesWith } from '../testbed/processes.ts'
import { eventually, freePort, makeSandbox, type Ran, type Sandbox, type UnderWay } from '../testbed/sandbox.ts'

const run = promisify(execFile)
const flat = (text: string) => text.replace(/\s+/g, ' ').trim()
const NOBODY_THERE = 'http://127.0.0.1:1/simple'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await makeSandbox()
})
afterAll(() => sandbox.remove())

/** Whether uv has begun to put packages into the environment. */
async function isInstalling(stack: string): Promise<boolean> {
  const [python] = await readdir(join(stack, 'venv/lib')).catch(() => [])
  const names = await readdir(join(stack, 'venv/lib', python ?? '', 'site-packages')).catch(() => [])
  return names.length > 20
}

/** Whether the packages are complete, so that the store comes next. */
async function isComplete(stack: string): Promise<boolean> {
  const mark = await readFile(join(stack, 'venv/.mlflow-setup-packages.json'), 'utf8').catch(() => '')
  return mark.includes('"complete"')
}

/** Begins a run and waits for the moment; what is waited for must come before the run ends. */
async function until(running: UnderWay, moment: () => Promise<boolean>): Promise<void> {
  const ended: Promise<Ran | 'running'> = Promise.race([running.ended, Promise.resolve('running' as const)])
  expect(await ended).toBe('running')
  await eventually(moment, (now) => now)
}

/** The processes of the stack's own programs. */
const servers = (stack: string) => processesWith(`${stack}/venv/bin/python`)

// One stack goes through all of this: each test goes on from the one before.
describe('a setup that is interrupted', () => {
  let stack: string
  let args: readonly string[]
  let before: readonly string[]

  const identity = () => Promise.all(['mlflow-setup.yaml', '.env'].map((name) => readFile(join(stack, name), 'utf8')))

  beforeAll(async () => {
    stack = join(sandbox.home, 'mlflow')
    args = ['--yes', '--public-url', `http://127.0.0.1:${await freePort()}`]
  })

  it('by a package index that does not answer says which one, and what is kept', async () => {
    const variables = { PIP_INDEX_URL: NOBODY_THERE, UV_DEFAULT_INDEX: NOBODY_THERE, UV_INDEX_URL: NOBODY_THERE }
    const env = { ...variables, PIP_FIND_LINKS: '', UV_CACHE_DIR: join(sandbox.home, 'empty'), PIP_RETRIES: '0' }
    const text = await sandbox.run(args, { env })
    expect(text.code).toBe(1)
    expect(flat(text.err)).toMatch(
      /could not be installed\. .*Why 127\.0\.0\.1:1 could not be reached\. Do Check the net/,
    )
    expect(flat(text.err)).toMatch(/Done and kept: .*virtual environment\. Running again goes on from there\.$/)
    const json = await sandbox.run(['apply', '--json'], { env })
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out)).toMatchObject({
      schemaVersion: 1,
      errors: [{ kind: 'external', code: 'index.unreachable' }],
    })
    before = await identity()
  })

  it('by kill -9 while packages are installed leaves what the next run can use', async () => {
    const running = sandbox.start(args)
    await until(running, () => isInstalling(stack))
    running.kill('SIGKILL')
    expect((await running.ended).out).not.toContain('Proven')
    expect(await identity()).toEqual(before)
    expect((await sandbox.run(['plan', '--check'])).code).toBe(4)
  })

  it('by Ctrl-C while packages are installed ends with 130, all its programs, and the words for it', async () => {
    await eventually(
      () => processesWith(`${stack}/`),
      (left) => left.length === 0,
    )
    const running = sandbox.start(['apply'])
    await until(running, async () =>
      (await processesWith(`${stack}/`)).some(({ commandLine }) => / pip install /.test(commandLine)),
    )
    running.kill('SIGINT')
    const { code, err } = await running.ended
    expect(code).toBe(130)
    expect(flat(err)).toContain('Cancelled. What was done is kept; running again goes on from there.')
    expect(err).not.toContain('failed')
    await eventually(
      () => processesWith(`${stack}/`),
      (left) => left.length === 0,
    )
    expect(existsSync(join(stack, '.mlflow-setup/lock'))).toBe(false)
  })

  it('by kill -9 while the server starts leaves no second one behind', async () => {
    const running = sandbox.start(['apply'])
    await until(running, async () =>
      (await servers(stack)).some(({ commandLine }) => commandLine.includes('mlflow server')),
    )
    running.kill('SIGKILL')
    await running.ended
    const { code, out } = await sandbox.run(args)
    expect([code, out]).toEqual([0, expect.stringContaining('Proven by HTTP calls')])
    expect(await identity()).toEqual(before)
    const supervisors = (await servers(stack)).filter(({ commandLine }) => commandLine.includes('supervisor.py'))
    expect(supervisors).toHaveLength(1)
    const serving = (await servers(stack)).filter(({ commandLine }) => commandLine.includes('-m mlflow server'))
    expect(serving).toHaveLength(1)
    expect((await sandbox.run(['plan', '--check'])).code).toBe(0)
  })

  it('by Ctrl-C while the server starts is completed by the next run', async () => {
    expect((await sandbox.run(['stop'])).code).toBe(0)
    const running = sandbox.start(['apply', '--json'])
    await until(running, async () =>
      (await servers(stack)).some(({ commandLine }) => commandLine.includes('mlflow server')),
    )
    running.kill('SIGINT')
    const { code, out } = await running.ended
    expect(code).toBe(130)
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, errors: [{ kind: 'cancelled', changed: true }] })
    expect((await sandbox.run(['apply'])).code).toBe(0)
    expect((await sandbox.run(['stop'])).code).toBe(0)
    expect(await servers(stack)).toEqual([])
  })
})

describe('a disk that fills up half way', () => {
  let mounts: PrivateMounts | undefined
  let disk: string

  beforeAll(async () => {
    disk = join(sandbox.home, 'disk')
    mounts = await makePrivateMounts(sandbox.home, `mkdir '${disk}' && mount -t tmpfs -o size=1400m none '${disk}'`)
  })
  afterAll(() => mounts?.close())

  it('is named each time, and the next run completes the stack when there is room again', async (context) => {
    const { under, path } = need(context, mounts, 'mount namespaces')
    const stack = join(disk, 'mlflow')
    const ballast = path(join(disk, 'ballast'))
    const args = ['--yes', '--scenario', '2', '--test-client', 'off', '--dir', stack]
    const fill = (megabytes: number) => run('fallocate', ['-l', `${megabytes}m`, ballast])

    const first = sandbox.start(args, { under })
    await until(first, async () => existsSync(path(join(stack, 'venv/pyvenv.cfg'))))
    await fill(1250)
    const installing = await first.ended
    expect(installing.code).toBe(1)
    expect(flat(installing.err)).toMatch(
      /could not be installed\. .* Why The disk of ~\/disk\/mlflow\/venv is full: .* are free\./,
    )
    expect(flat(installing.err)).toContain('Do Free some space and run again, or choose a directory on another disk')
    await rm(ballast)

    const second = sandbox.start(['apply', '--json', '--dir', stack], { under })
    await until(second, () => isComplete(path(stack)))
    await run('sh', ['-c', 'head -c 1400m /dev/zero > "$1" || true', 'sh', ballast])
    const opening = await second.ended
    expect(opening.code).toBe(1)
    expect(JSON.parse(opening.out).errors[0].because).toMatch(/disk is full/)
    await rm(ballast)

    const again = await sandbox.run(['apply', '--dir', stack], { under })
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('Proven by the Python client')])
  })
})
