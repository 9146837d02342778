import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeBackgroundSupervisor } from '../../src/actions/supervisors/background.ts'
import { runServices } from '../../src/actions/run-services.ts'
import type { RunServicesInput } from '../../src/targets/service.ts'
import {
  SERVER,
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

const ports = realPorts({ LC_ALL: 'C', SECRET_OF_THE_USER: 'x', HTTPS_PROXY: 'http://proxy.example' })
const { signal } = new AbortController()
const quiet = () => undefined
let directory = ''
let used: RunServicesInput[] = []

beforeEach(async () => {
  directory = await makeStackDirectory()
})

afterEach(async () => {
  for (const input of used) await makeBackgroundSupervisor(input, ports).stop(signal)
  used = []
  await removeStackDirectory(directory)
})

async function stackOf(program: string, changes = {}) {
  const input = await makeInput(directory, program, changes)
  used.push(input)
  const service = firstOf(input)
  const supervisor = makeBackgroundSupervisor(input, ports)
  return { input, service, supervisor, look: () => supervisor.look(service, signal) }
}

async function stateFile(): Promise<{
  run: string
  pid: number | null
  services: Record<string, { pid: number | null }>
}> {
  return JSON.parse(await readFile(join(directory, '.mlflow-setup/supervisor.json'), 'utf8'))
}

async function request(url: string): Promise<string | undefined> {
  return fetch(url).then(
    (response) => response.text(),
    () => undefined,
  )
}

describe('a stack in the background', () => {
  it('starts, answers, is left alone by a second run, and stops', async () => {
    const { input, service, look } = await stackOf(SERVER)
    expect(await runServices.inspect(input, ports, signal)).toEqual({ effect: 'create', why: 'not running' })
    await runServices.apply(input, ports, quiet, signal)
    expect(await runServices.inspect(input, ports, signal)).toEqual({ effect: 'unchanged', why: 'running' })
    const state = await look()
    expect(state).toMatchObject({ status: 'running', restarts: 0, lastExit: undefined })
    expect(state.memoryBytes).toBeGreaterThan(1_000_000)
    expect(Date.now() - (state.since?.getTime() ?? 0)).toBeLessThan(20_000)
    await makeBackgroundSupervisor(input, ports).stop(signal)
    expect((await look()).status).toBe('stopped')
    expect(await request(healthUrlOf(service))).toBeUndefined()
    expect((await stateFile()).pid).toBeNull()
  })

  it('gives a service its own environment file and little else', async () => {
    const { input, service } = await stackOf(SERVER)
    const odd = [
      `BARE=a/b:c=d`,
      `SINGLE='it is $HOME \\n "x" #1'`,
      `DOUBLE="q\\"b\\\\d\\$t\\\`'#%n"`,
      `EMPTY=`,
      `export TOLD=1 # why`,
      `UML='ü'`,
    ]
    await writeFile(
      environmentFileOf(service),
      `${await readFile(environmentFileOf(service), 'utf8')}# comment=1\n${odd.join('\n')}\n`,
    )
    await runServices.apply(input, ports, quiet, signal)
    const env = JSON.parse((await request(healthUrlOf(service))) ?? '{}')
    expect(env).toMatchObject({
      BARE: 'a/b:c=d',
      SINGLE: `it is $HOME \\n "x" #1`,
      DOUBLE: `q"b\\d$t\`'#%n`,
      EMPTY: '',
      TOLD: '1',
      UML: 'ü',
      HTTPS_PROXY: 'http://proxy.example',
    })
    expect(env).not.toHaveProperty('SECRET_OF_THE_USER')
    expect(env).not.toHaveProperty('comment')
  })

  it('says which file changed, and restarts with the new content', async () => {
    const { input, service } = await stackOf(SERVER)
    await runServices.apply(input, ports, quiet, signal)
    await writeFile(environmentFileOf(service), `${await readFile(environmentFileOf(service), 'utf8')}NEW=1\n`)
    expect(await runServices.inspect(input, ports, signal)).toEqual({ effect: 'update', why: '.env changed' })
    await runServices.apply(input, ports, quiet, signal)
    expect(JSON.parse((await request(healthUrlOf(service))) ?? '{}')).toMatchObject({ NEW: '1' })
    const other = { ...input, services: [{ ...service, stopTimeoutMs: 2000 }] }
    expect(await runServices.inspect(other, ports, signal)).toEqual({ effect: 'update', why: 'its command changed' })
  })

  it('starts a crashed service again and tells of it', async () => {
    const { input, service, look } = await stackOf(SERVER)
    await runServices.apply(input, ports, quiet, signal)
    const first = (await look()).pid
    await request(healthUrlOf(service).replace('health', 'die'))
    await eventually('an answer of the next one', () => request(healthUrlOf(service)))
    const state = await look()
    expect(state).toMatchObject({ status: 'running', restarts: 1, lastExit: { code: 3, signal: undefined } })
    expect(state.pid).not.toBe(first)
    expect(await readIfThere(service.log)).toContain('server ended with code 3, starts again in 0.5 s')
  })

  it('survives the hang-up of the terminal', async () => {
    const { input, look } = await stackOf(SERVER)
    await runServices.apply(input, ports, quiet, signal)
    const { pid } = await stateFile()
    process.kill(pid ?? 0, 'SIGHUP')
    // It must have read the signal: a later change of its state proves that it is alive.
    const child = (await look()).pid
    process.kill(child ?? 0, 'SIGKILL')
    await eventually('a restart', async () => (await look()).status === 'running' && (await look()).restarts === 1)
    expect((await stateFile()).pid).toBe(pid)
  })

  it('kills a service that does not want to stop, with all that it started', async () => {
    const stubborn = `
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, '-c', 'import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print("deaf", flush=True); time.sleep(600)'])
signal.pause()
`
    const { supervisor, service, look } = await stackOf(stubborn, { stopTimeoutMs: 300 })
    await supervisor.start(signal)
    await eventually('the deaf child', async () => (await readIfThere(service.log)).includes('deaf'))
    const tree = await ports.processes.tree((await look()).pid ?? 0)
    expect(tree).toHaveLength(2)
    await supervisor.stop(signal)
    for (const { pid } of tree) expect(await ports.processes.look(pid)).toBeUndefined()
  })

  it('never takes another process for its own, and leaves it alone', async () => {
    const { input, supervisor, look } = await stackOf(SERVER)
    await mkdir(join(directory, '.mlflow-setup'))
    const other = await ports.commands.startDetached(
      { file: 'sleep', args: ['600'], env: ports.env },
      { log: join(directory, 'sleep.log') },
    )
    try {
      const service = { pid: other, status: 'running', since: 1, restarts: 0, lastExit: null }
      const state = { schemaVersion: 1, run: 'abc', pid: other, services: { server: service } }
      await writeFile(join(directory, '.mlflow-setup/supervisor.json'), JSON.stringify(state))
      expect((await look()).status).toBe('stopped')
      await supervisor.stop(signal)
      await runServices.apply(input, ports, quiet, signal)
      expect(await ports.processes.look(other)).toBeDefined()
    } finally {
      process.kill(other, 'SIGKILL')
    }
  })

  it('lets only one of two starts at once win, and both go on', async () => {
    const { service, input } = await stackOf(SERVER)
    const starts = [1, 2, 3].map(() => makeBackgroundSupervisor(input, ports).start(signal))
    expect(await Promise.all(starts)).toEqual([[], [], []])
    await eventually('an answer', () => request(healthUrlOf(service)))
    expect((await readIfThere(service.log)).match(/listening/gu)).toHaveLength(1)
  })

  it('ends what a killed supervisor left behind before it starts anew', async () => {
    const deaf = `import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n${SERVER}`
    const { input, service, look } = await stackOf(deaf, { stopTimeoutMs: 300 })
    await runServices.apply(input, ports, quiet, signal)
    const orphan = (await look()).pid ?? 0
    process.kill((await stateFile()).pid ?? 0, 'SIGKILL')
    await eventually('the supervisor to be gone', async () => (await look()).status === 'stopped')
    expect(await ports.processes.look(orphan)).toBeDefined()
    await runServices.apply(input, ports, quiet, signal)
    expect(await ports.processes.look(orphan)).toBeUndefined()
    expect(await request(healthUrlOf(service))).toBeDefined()
  })

  it('takes an obedient service down with it when it is killed', async () => {
    const { input, look } = await stackOf(SERVER)
    await runServices.apply(input, ports, quiet, signal)
    const child = (await look()).pid ?? 0
    process.kill((await stateFile()).pid ?? 0, 'SIGKILL')
    await eventually('the end of the service', async () => (await ports.processes.look(child)) === undefined)
    expect((await look()).status).toBe('stopped')
  })

  it('goes on when the log cannot be written', async () => {
    const { input, service, look } = await stackOf(SERVER)
    // Every write there fails with ENOSPC.
    await mkdir(join(directory, 'logs'))
    await symlink('/dev/full', service.log)
    await runServices.apply(input, ports, quiet, signal)
    await request(healthUrlOf(service).replace('health', 'die'))
    await eventually('an answer of the next one', () => request(healthUrlOf(service)))
    expect((await look()).restarts).toBe(1)
  })

  it('shows the log, follows it, and keeps a few old ones', async () => {
    const talker = `
import time
for number in range(600): print(number, 'x' * 100_000, flush=True)
print('done', flush=True)
time.sleep(600)
`
    const { supervisor, service } = await stackOf(talker)
    await supervisor.start(signal)
    await eventually('the last line', async () => (await readIfThere(service.log)).endsWith('done\n'))
    const sizes = await Promise.all(
      ['', '.1', '.5', '.6'].map(async (end) => (await ports.files.stat(service.log + end))?.size ?? 0),
    )
    expect(sizes[1]).toBeLessThanOrEqual(10_000_000)
    expect(sizes[1]).toBeGreaterThan(9_000_000)
    expect(sizes[3]).toBe(0)
    const lines: string[] = []
    const stop = new AbortController()
    const following = supervisor.logs(service, {
      lines: 1,
      follow: true,
      onLine: (line) => lines.push(line),
      signal: stop.signal,
    })
    await eventually('the tail', async () => lines.includes('done'))
    await writeFile(service.log, 'later\n', { flag: 'a' })
    await eventually('the new line', async () => lines.includes('later'))
    stop.abort()
    await following
    expect(lines).toEqual(['done', 'later'])
  })
})

describe('a service that cannot start', () => {
  it('is stopped for good, with its last lines and the reason', async () => {
    const { input, look } = await stackOf(`print('first words')\nimport nothing_like_that`)
    await expect(runServices.apply(input, ports, quiet, signal)).rejects.toMatchObject({
      code: 'service.died',
      exitCode: 1,
      because: 'The Python package nothing_like_that is missing in the virtual environment.',
      source: 'logs/server.log',
      lastLines: expect.arrayContaining(['first words', "ModuleNotFoundError: No module named 'nothing_like_that'"]),
    })
    expect((await look()).status).toBe('stopped')
    expect((await runServices.inspect(input, ports, signal)).effect).toBe('create')
  })

  it('is given up when it never answers', async () => {
    const { input, look } = await stackOf('import time\ntime.sleep(600)', { startTimeoutMs: 700 })
    await expect(runServices.apply(input, ports, quiet, signal)).rejects.toMatchObject({ code: 'service.not-ready' })
    expect((await look()).status).toBe('stopped')
  })

  it('is told who has its port', async () => {
    const { input, service } = await stackOf(SERVER)
    const port = new URL(healthUrlOf(service)).port
    const holder = await ports.commands.startDetached(
      { file: 'python3', args: ['-m', 'http.server', '--bind', '127.0.0.1', port], env: ports.env },
      { log: join(directory, 'holder.log') },
    )
    try {
      await eventually('the holder', async () => ports.processes.listener(Number(port)))
      await expect(runServices.apply(input, ports, quiet, signal)).rejects.toMatchObject({
        code: 'service.port-taken',
        because: expect.stringMatching(
          new RegExp(`^Port ${port} is taken by python3?\\S* \\(pid ${holder}\\)\\.$`, 'u'),
        ),
      })
    } finally {
      process.kill(holder, 'SIGKILL')
    }
  })

  it('is not taken to be there because another program answers on its port', async () => {
    const late = `
import subprocess, sys, time
if 'other' not in sys.argv:
    subprocess.run(['sh', '-c', 'setsid python3 "$0" other &', __file__])
    time.sleep(1.5)
    sys.exit('[Errno 98] Address already in use')
${SERVER}`
    const { input, service } = await stackOf(late)
    const holder = async () => (await ports.processes.listener(service.port ?? 0))?.process?.pid
    await expect(runServices.apply(input, ports, quiet, signal)).rejects.toMatchObject({
      code: 'service.died',
      because: expect.stringMatching(new RegExp(`^Port ${service.port} is taken by python3`, 'u')),
    })
    process.kill((await holder()) ?? 0, 'SIGKILL')
  })

  it('is said to be impossible when its program is not there', async () => {
    const { input } = await stackOf('', { command: { file: '/nowhere/python', args: [], env: {} } })
    await expect(runServices.apply(input, ports, quiet, signal)).rejects.toThrow('/nowhere/python could not be used.')
  })

  it('does not need to be executable by others', async () => {
    const { input, service } = await stackOf(SERVER)
    await chmod(environmentFileOf(service), 0o600)
    await runServices.apply(input, ports, quiet, signal)
    expect((await ports.files.stat(join(directory, '.mlflow-setup/supervisor.py')))?.mode).toBe(0o600)
  })
})
