import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { setMaxListeners } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createVenv } from '../../src/actions/create-venv.ts'
import { inspectMachine } from '../../src/answers/inspect-machine.ts'
import { readHost } from '../../src/ports/host.ts'
import { makeActionPorts, ownEnv, plainEnv } from '../testbed/action-ports.ts'
import { need } from '../testbed/need.ts'

const signal = new AbortController().signal
setMaxListeners(0, signal)
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function inspect(env: Readonly<Record<string, string>>) {
  return inspectMachine({ ...makeActionPorts(env), host: readHost(env) }, signal)
}

test('finds a Python, memory, a port and a name for the system', async () => {
  const machine = await inspect(ownEnv())
  expect(machine.pythons[0]?.version).toMatch(/^3\.1[0-4]\.\d+$/u)
  expect(machine.memoryBytes).toBeGreaterThan(2 ** 27)
  expect(machine.system).toMatch(/\S/u)
  expect(new Set(machine.freePorts.filter((port) => port >= 5000)).size).toBe(3)
})

test('looks behind the shims of pyenv: new ones are usable, old ones are named with the reason', async (context) => {
  const root = process.env['PYENV_ROOT'] ?? join(process.env['HOME'] ?? '/root', '.pyenv')
  const has = existsSync(join(root, 'versions/3.8.18')) && existsSync(join(root, 'versions/3.13.0'))
  need(context, has ? root : undefined, 'Python 3.8.18 and 3.13.0 from pyenv')
  const env = plainEnv(folder, { PYENV_ROOT: root, PATH: `${join(root, 'shims')}:/usr/bin:/bin` })
  const { pythons, rejectedPythons } = await inspect(env)
  expect(pythons.map(({ path }) => path)).toContain(join(root, 'versions/3.13.0/bin/python'))
  expect(pythons.every(({ path }) => !path.includes('shims'))).toBe(true)
  expect(rejectedPythons).toContainEqual({
    path: join(root, 'versions/3.8.18/bin/python'),
    why: 'Python 3.8.18 is older than 3.10',
  })
})

test('an active virtual environment is never what ours stands on', async () => {
  const first = (await inspect(plainEnv(folder))).pythons[0]
  const venv = join(folder, 'active')
  const ports = makeActionPorts(plainEnv(folder))
  await createVenv.apply({ path: venv, python: first?.path ?? '' }, ports, () => {}, signal)
  const { pythons } = await inspect(plainEnv(folder, { PATH: `${venv}/bin:/usr/bin:/bin`, VIRTUAL_ENV: venv }))
  expect(pythons.map(({ path }) => path).filter((path) => path.startsWith(folder))).toEqual([])
  expect(pythons.map(({ version }) => version)).toContain(first?.version)
})

test('programs that are none, hang on nothing and fail are passed over', async () => {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'python3'), '#!/bin/sh\necho "pyenv: python3: command not found" >&2\nexit 127\n', {
    mode: 0o755,
  })
  await writeFile(join(bin, 'python'), '#!/bin/sh\necho 42\n', { mode: 0o755 })
  await writeFile(join(bin, 'docker'), '#!/bin/sh\necho "Cannot connect to the Docker daemon" >&2\nexit 1\n', {
    mode: 0o755,
  })
  await symlink('/nowhere', join(bin, 'python3.13'))
  const machine = await inspect(plainEnv(folder, { PATH: `${bin}:/usr/bin:/bin` }))
  expect([...machine.pythons, ...machine.rejectedPythons].filter(({ path }) => path.startsWith(folder))).toEqual([])
})

test('a taken port is passed over, no HOME and no PATH are no error', async () => {
  const [freePort] = (await inspect({})).freePorts
  const server = createServer()
  await new Promise<void>((resolve) => {
    // Taken by somebody else in the meantime is taken as well.
    server.once('error', () => resolve())
    server.listen(freePort, '127.0.0.1', resolve)
  })
  const second = await inspect({})
  await new Promise((resolve) => {
    server.close(resolve)
  })
  expect(second.freePorts).not.toContain(freePort)
})
