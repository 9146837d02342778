import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createVenv, venvPython } from '../../src/actions/create-venv.ts'
import { installPackages } from '../../src/actions/install-packages.ts'
import { fetchUv } from '../../src/actions/packages/fetch-uv.ts'
import type { Command } from '../../src/ports/commands.ts'
import { makeActionPorts, ownEnv, plainEnv } from '../testbed/action-ports.ts'
import type { PackageIndex } from '../testbed/package-index.ts'
import { startPackageIndex } from '../testbed/package-index.ts'

const run = promisify(execFile)
const signal = new AbortController().signal
const UNTESTED = 'this index lacks a tested version: taking what it has'

let shared = ''
let uvFolder = ''
let python = ''
let folder = ''
let index: PackageIndex

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
  await mkdir(join(folder, 'index'))
  index = await startPackageIndex(join(folder, 'index'), ['tiny==1.0', 'tiny==2.0'], { tls: false })
})

afterEach(async () => {
  await index.close()
  await rm(folder, { recursive: true, force: true })
})

/** Installs `tiny` with a list of tested versions into a new environment. */
async function install(at: string, tested: string, uv: boolean, more: Readonly<Record<string, string>> = {}) {
  const settings = { PIP_INDEX_URL: index.url, UV_HTTP_RETRIES: '0', PIP_RETRIES: '0', ...more }
  const env = plainEnv(join(folder, 'home'), settings)
  const ran: Command[] = []
  const said: string[] = []
  const withUv = { ...env, PATH: `${uvFolder}:${env['PATH'] ?? ''}` }
  const ports = { ...makeActionPorts(uv ? withUv : env, ran), templates: { read: () => Promise.resolve(tested) } }
  const venv = join(folder, at)
  await createVenv.apply({ path: venv, python }, ports, () => {}, signal)
  const input = { venv, requirements: ['tiny'], constraints: 'native/tested.txt', tools: join(folder, 'tools') }
  await installPackages.apply(input, ports, (text) => said.push(text), signal)
  expect(await installPackages.inspect(input, ports, signal)).toMatchObject({ effect: 'unchanged' })
  const { stdout } = await run(venvPython(venv), ['-c', 'import tiny; print(tiny.VERSION)'])
  return { version: stdout.trim(), said, venv, offline: ran.filter(({ args }) => args.includes('--offline')).length }
}

describe.each([
  ['uv', true],
  ['pip', false],
] as const)('%s', (_name, uv) => {
  test('installs the tested version, not the newest, and keeps the list', async () => {
    const { version, venv } = await install('a', '# tested\ntiny==1.0\n', uv)
    expect(version).toBe('1.0')
    expect(await readFile(join(venv, 'constraints.txt'), 'utf8')).toBe('# tested\ntiny==1.0\n')
  })

  test('takes the newest of an index that lacks the tested version, and says so', async () => {
    const { version, said } = await install('a', 'tiny==1.5\n', uv)
    expect(version).toBe('2.0')
    expect(said).toContain(UNTESTED)
  })

  test("leaves the choice to the user's own list", async () => {
    await writeFile(join(folder, 'mine.txt'), 'tiny==2.0\n')
    const { version, said } = await install('a', 'tiny==1.0\n', uv, { PIP_CONSTRAINT: join(folder, 'mine.txt') })
    expect(version).toBe('2.0')
    expect(said).not.toContain(UNTESTED)
  })
})

test('what uv has in its cache is not asked for again', async () => {
  const cache = { UV_CACHE_DIR: join(folder, 'cache') }
  await install('a', 'tiny==1.0\n', true, cache)
  await index.close()
  const { version, said, offline } = await install('b', 'tiny==1.0\n', true, cache)
  expect([version, offline]).toEqual(['1.0', 1])
  expect(said).not.toContain("the package index does not answer: trying uv's cache")
})
