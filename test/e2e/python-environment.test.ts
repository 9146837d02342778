import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createVenv, venvPython } from '../../src/actions/create-venv.ts'
import { installPackages } from '../../src/actions/install-packages.ts'
import { fetchUv } from '../../src/actions/packages/fetch-uv.ts'
import type { Command } from '../../src/ports/commands.ts'
import { makeActionPorts, ownEnv, plainEnv } from '../testbed/action-ports.ts'
import { need } from '../testbed/need.ts'
import type { PackageIndex } from '../testbed/package-index.ts'
import { startPackageIndex } from '../testbed/package-index.ts'

const run = promisify(execFile)
const signal = new AbortController().signal
const LOGIN = 'robot:s3cret-of-the-index'

let shared = ''
let uvFolder = ''
let python = ''
let folder = ''
let index: PackageIndex | undefined

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), 'mlflow-setup-'))
  python = (await run('python3', ['-c', 'import sys; print(sys._base_executable)'])).stdout.trim()
  const ports = makeActionPorts(ownEnv())
  const venv = join(shared, 'venv')
  await createVenv.apply({ path: venv, python }, ports, () => {}, signal)
  const fetched = await fetchUv({ venv, tools: join(shared, 'tools'), ports, progress: () => {}, signal })
  uvFolder = dirname(fetched.uv ?? '')
})

afterAll(() => rm(shared, { recursive: true, force: true }))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-'))
})

afterEach(async () => {
  await index?.close()
  index = undefined
  await rm(folder, { recursive: true, force: true })
})

async function serve(packages: readonly string[], tls = false): Promise<PackageIndex> {
  const wheels = join(folder, 'index')
  await mkdir(wheels)
  index = await startPackageIndex(wheels, packages, tls ? { tls, login: LOGIN } : { tls })
  return index
}

/** An environment with uv on PATH, or without, that knows only the given index. */
function envFor(url: string, uv: boolean, more: Readonly<Record<string, string>> = {}) {
  const plain = plainEnv(join(folder, 'home'), { PIP_INDEX_URL: url, UV_HTTP_RETRIES: '0', PIP_RETRIES: '0', ...more })
  return uv ? { ...plain, PATH: `${uvFolder}:${plain['PATH'] ?? ''}` } : plain
}

async function install(env: Readonly<Record<string, string>>, requirements: readonly string[], at = folder) {
  const ran: Command[] = []
  const said: string[] = []
  const ports = makeActionPorts(env, ran)
  const venv = join(at, 'venv')
  const input = { venv, requirements, tools: join(at, 'tools') }
  await createVenv.apply({ path: venv, python }, ports, () => {}, signal)
  const before = await installPackages.inspect(input, ports, signal)
  const error: unknown = await installPackages
    .apply(input, ports, (text) => said.push(text), signal)
    .then(
      () => undefined,
      (failure: unknown) => failure,
    )
  const after = await installPackages.inspect(input, ports, signal)
  return { before, after, error, ran, said, venv }
}

async function versionIn(venv: string, module: string): Promise<string> {
  return (await run(venvPython(venv), ['-c', `import ${module}; print(${module}.VERSION)`])).stdout.trim()
}

describe('create-venv', () => {
  test.each(["ö d'ir #1 %20 $x", 'plain'])('makes one in %s, once', async (name) => {
    const ports = makeActionPorts(plainEnv(folder))
    const input = { path: join(folder, name, 'venv'), python }
    expect(await createVenv.inspect(input, ports, signal)).toMatchObject({ effect: 'create' })
    await createVenv.apply(input, ports, () => {}, signal)
    expect(await createVenv.inspect(input, ports, signal)).toMatchObject({ effect: 'unchanged' })
    expect(await readdir(dirname(input.path))).toEqual(['venv'])
    const prefix = await run(venvPython(input.path), ['-c', 'import sys; print(sys.prefix)'])
    expect(prefix.stdout.trim()).toBe(input.path)
  })

  test('leaves a directory of somebody else alone', async () => {
    const ports = makeActionPorts(plainEnv(folder))
    const input = { path: join(folder, 'venv'), python }
    await mkdir(input.path)
    expect(await createVenv.inspect(input, ports, signal)).toMatchObject({ effect: 'create' })
    await writeFile(join(input.path, 'thesis.tex'), 'years of work')
    expect(await createVenv.inspect(input, ports, signal)).toMatchObject({ effect: 'conflict' })
    await expect(createVenv.apply(input, ports, () => {}, signal)).rejects.toMatchObject({ code: 'venv.conflict' })
    expect(await readFile(join(input.path, 'thesis.tex'), 'utf8')).toBe('years of work')
  })

  test('makes ours anew when its Python is gone, and what a killed run left', async () => {
    const ports = makeActionPorts(plainEnv(folder))
    const input = { path: join(folder, 'venv'), python }
    await createVenv.apply(input, ports, () => {}, signal)
    await rm(venvPython(input.path))
    await symlink('/nowhere/python3', venvPython(input.path))
    expect(await createVenv.inspect(input, ports, signal)).toMatchObject({ effect: 'update' })
    await createVenv.apply(input, ports, () => {}, signal)
    expect(await createVenv.inspect(input, ports, signal)).toMatchObject({ effect: 'unchanged' })
    await rm(join(input.path, 'pyvenv.cfg'))
    await writeFile(`${input.path}.unfinished`, '')
    expect(await createVenv.inspect(input, ports, signal)).toMatchObject({ effect: 'update' })
    await createVenv.apply(input, ports, () => {}, signal)
    expect(await createVenv.inspect(input, ports, signal)).toMatchObject({ effect: 'unchanged' })
  })

  test('names a Python that is not there, and a path that Python refuses', async () => {
    const ports = makeActionPorts(plainEnv(folder))
    const gone = { path: join(folder, 'venv'), python: join(folder, 'no-python') }
    await expect(createVenv.apply(gone, ports, () => {}, signal)).rejects.toMatchObject({ code: 'venv.failed' })
  })
})

describe('install-packages', () => {
  test('installs by uv what is missing, says why, and nothing the second time', async () => {
    const { url } = await serve(['tiny==1.0', 'tiny==2.0', 'other==1.0'])
    const env = envFor(url, true)
    const first = await install(env, ['tiny==1.0'])
    expect(first.error).toBeUndefined()
    expect([first.before.effect, first.after.effect]).toEqual(['create', 'unchanged'])
    expect(first.said.at(-1)).toBe('1 package, by uv')
    const second = await install(env, ['tiny==2.0', 'other'])
    expect(second.before).toEqual({ effect: 'update', why: 'tiny 1.0 → 2.0, other missing' })
    expect(second.after.effect).toBe('unchanged')
    expect(await versionIn(second.venv, 'tiny')).toBe('2.0')
    const third = await install(env, ['tiny==2.0', 'other'])
    expect(third.ran.filter(({ args }) => args.includes('install'))).toEqual([])
    const { stdout: open } = await run('find', [third.venv, '-perm', '-o+w', '!', '-type', 'l'])
    expect(open).toBe('')
  })

  test('installs by pip where the index has no uv, and says so', async () => {
    const { url } = await serve(['tiny==1.0'])
    const { error, said, venv } = await install(envFor(url, false), ['tiny==1.0'])
    expect(error).toBeUndefined()
    expect(said).toContain('uv cannot be had here: installing with pip, which takes longer')
    expect(said.at(-1)).toMatch(/, by pip$/u)
    expect(await versionIn(venv, 'tiny')).toBe('1.0')
  })

  test('fetches uv from the index of this machine, once', async () => {
    const { ran, said, error } = await install(ownEnv({ PATH: '/usr/bin:/bin' }), ['six==1.16.0'])
    expect(error).toBeUndefined()
    expect(said).toContain('fetching uv, 17 MB')
    expect(said.at(-1)).toBe('1 package, by uv')
    expect(ran.some(({ file }) => file === join(folder, 'tools/uv/bin/uv'))).toBe(true)
    const again = await install(ownEnv({ PATH: '/usr/bin:/bin' }), ['six==1.17.0'])
    expect(again.said).not.toContain('fetching uv, 17 MB')
  })

  test("takes index, login and certificate from the user's pip.conf, and shows no login", async () => {
    const { url, certificate } = await serve(['tiny==1.0'], true)
    await mkdir(join(folder, 'home/.config/pip'), { recursive: true })
    await writeFile(join(folder, 'home/.config/pip/pip.conf'), `[global]\nindex-url = ${url}\ncert = ${certificate}\n`)
    const { PIP_INDEX_URL: _, ...env } = envFor(url, true)
    const good = await install(env, ['tiny==1.0'])
    expect(good.error).toBeUndefined()
    expect(good.said.at(-1)).toBe('1 package, by uv')
    const bad = await install(env, ['tiny==9.9'])
    expect(bad.error).toMatchObject({ code: 'packages.no-match' })
    const shown = JSON.stringify([good.said, bad.said, bad.error, good.ran.map(({ args }) => args)])
    expect(shown).not.toContain('s3cret-of-the-index')
  })

  test('an unknown certificate is named as the reason', async () => {
    const { url } = await serve(['tiny==1.0'], true)
    const { error, said } = await install(envFor(url, true), ['tiny==1.0'])
    expect(error).toMatchObject({ code: 'index.tls' })
    expect(said).toContain("trying again with this system's certificates")
    expect(JSON.stringify([error, said])).not.toContain('s3cret-of-the-index')
  })

  test.each([true, false])('an index that does not answer is named (uv there: %s)', async (uv) => {
    const { error, after } = await install(envFor('http://user:s3cret@127.0.0.1:1/simple/', uv), ['tiny==1.0'])
    expect(error).toMatchObject({ code: 'index.unreachable', because: '127.0.0.1:1 could not be reached.' })
    expect(JSON.stringify(error)).not.toContain('s3cret')
    expect(after.effect).toBe('update')
  })

  test('a full disk is named, and a second run goes on', async (context) => {
    const disk = join(folder, 'disk')
    await mkdir(disk)
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=5m', 'tmpfs', disk]).then(
      () => disk,
      () => undefined,
    )
    need(context, mounted, 'the right to mount a small disk')
    try {
      const env = ownEnv({ PATH: `${uvFolder}:/usr/bin:/bin` })
      const full = await install(env, ['numpy'], disk)
      expect(full.error).toMatchObject({ code: 'files.no-space' })
      expect(full.after.effect).toBe('update')
      await run('mount', ['-o', 'remount,size=200m', disk])
      const second = await install(env, ['numpy'], disk)
      expect(second.error).toBeUndefined()
      await run(venvPython(second.venv), ['-c', 'import numpy'])
    } finally {
      await run('umount', [disk])
    }
  })

  test('a Python without pip gets one from ensurepip, and without that too is named', async () => {
    const bare = await copyPython(join(folder, 'python'), ['ensurepip'])
    const env = ownEnv({ PATH: '/usr/bin:/bin' })
    const before = python
    try {
      python = bare.python
      expect((await install(env, ['six==1.16.0'])).error).toMatchObject({ code: 'python.no-pip' })
      await symlink(bare.ensurepip, join(bare.library, 'ensurepip'))
      const { error, said } = await install(env, ['six==1.16.0'])
      expect(error).toBeUndefined()
      expect(said).toContain('putting pip into the environment')
    } finally {
      python = before
    }
  })
})

/** A copy of this machine's Python, by links, without pip and without some of its modules. */
async function copyPython(to: string, without: readonly string[]) {
  const asked = await run(python, [
    '-c',
    'import os, sys; print(os.path.dirname(os.__file__)); print(os.path.realpath(sys.executable))',
  ])
  const [library = '', program = ''] = asked.stdout.split('\n')
  const version = library.split('/').at(-1) ?? ''
  const copied = join(to, 'lib', version)
  await mkdir(join(copied, 'site-packages'), { recursive: true })
  await mkdir(join(to, 'bin'))
  await cp(program, join(to, 'bin', version))
  const names = (await readdir(library)).filter(
    (name) => ![...without, 'site-packages', 'dist-packages'].includes(name),
  )
  await Promise.all(names.map((name) => symlink(join(library, name), join(copied, name))))
  return { python: join(to, 'bin', version), library: copied, ensurepip: join(library, 'ensurepip') }
}
