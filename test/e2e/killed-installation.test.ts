import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVenv, venvPython } from '../../src/actions/create-venv.ts'
import { installPackages } from '../../src/actions/install-packages.ts'
import { makeActionPorts, ownEnv } from '../testbed/action-ports.ts'

const run = promisify(execFile)
const signal = new AbortController().signal
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const WANTED = ['six==1.16.0', 'numpy', 'pandas']

/** A program that does both actions, so that it can be killed with everything that it has started. */
const PROGRAM = `
import { createVenv } from './src/actions/create-venv.ts'
import { installPackages } from './src/actions/install-packages.ts'
import { makeActionPorts, ownEnv } from './test/testbed/action-ports.ts'
const [venv, tools, python, ...requirements] = process.argv.slice(2)
const signal = new AbortController().signal
const ports = makeActionPorts(ownEnv())
await createVenv.apply({ path: venv, python }, ports, () => {}, signal)
await installPackages.apply({ venv, tools, requirements }, ports, () => {}, signal)
`

let folder = ''
let program = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-'))
  program = join(folder, 'program.mjs')
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
  })
  await writeFile(program, outputFiles[0]?.text ?? '')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('killed again and again, the next run completes it', async () => {
  const venv = join(folder, 'venv')
  const tools = join(folder, 'tools')
  const { stdout } = await run('python3', ['-c', 'import sys; print(sys._base_executable)'])
  const python = stdout.trim()
  const env = ownEnv({ UV_CACHE_DIR: join(folder, 'cache') })
  for (const milliseconds of [60, 150, 300, 700, 1500, 1900, 2300, 2700]) {
    const child = spawn(process.execPath, [program, venv, tools, python, ...WANTED], {
      env,
      detached: true,
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    await Promise.race([ended, sleep(milliseconds)])
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await ended
  }
  const ports = makeActionPorts(env)
  const install = { venv, tools, requirements: WANTED }
  await createVenv.apply({ path: venv, python }, ports, () => {}, signal)
  await installPackages.apply(install, ports, () => {}, signal)
  expect(await createVenv.inspect({ path: venv, python }, ports, signal)).toMatchObject({ effect: 'unchanged' })
  expect(await installPackages.inspect(install, ports, signal)).toMatchObject({ effect: 'unchanged' })
  await run(venvPython(venv), ['-c', 'import numpy, pandas, six; pandas.DataFrame({"a": numpy.arange(3)}).sum()'])
})
