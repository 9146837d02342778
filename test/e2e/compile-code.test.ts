import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compileCode } from '../../src/actions/compile-code.ts'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import { mlflowPython } from '../testbed/mlflow-venv.ts'
import { realPorts } from '../testbed/services.ts'

const run = promisify(execFile)
const { signal } = new AbortController()

let python = ''
let cache = ''

beforeAll(async () => {
  python = await mlflowPython(PINNED_MLFLOW_VERSION)
  cache = await mkdtemp(join(tmpdir(), 'mlflow-setup-bytecode-'))
})
afterAll(() => rm(cache, { recursive: true, force: true }))

/** Compiled modules of the packages; those of Python itself come compiled, beside its own. */
async function countCompiled(): Promise<number> {
  const names = await readdir(cache, { recursive: true })
  return names.filter((name) => name.includes('site-packages') && name.endsWith('.pyc')).length
}

it('leaves next to nothing for the first start of a server to compile', async () => {
  const said: string[] = []
  const input = { python, cache }
  expect(await compileCode.inspect(input, realPorts(), signal)).toMatchObject({ effect: 'create' })
  await compileCode.apply(input, realPorts(), (text) => said.push(text), signal)
  const compiled = await countCompiled()
  expect(said.at(-1)).toBe(`${compiled} modules`)
  expect(await compileCode.inspect(input, realPorts(), signal)).toMatchObject({ effect: 'unchanged' })

  const imports = 'import mlflow.cli, mlflow.server.fastapi_app'
  const env = { PATH: process.env['PATH'], _MLFLOW_SERVER_FILE_STORE: `sqlite:///${cache}/store.db` }
  await run(python, ['-I', '-X', `pycache_prefix=${cache}`, '-c', imports], { env })
  const left = (await countCompiled()) - compiled
  expect(left).toBeLessThan(compiled * 0.1)
})

it('is content where it cannot be done: whoever imports the code compiles it', async () => {
  const said: string[] = []
  await compileCode.apply({ python: join(cache, 'no/python'), cache }, realPorts(), (text) => said.push(text), signal)
  expect(said.at(-1)).toBe('left to the first start')
})
