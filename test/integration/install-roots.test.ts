import { mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { installRoots } from '../../src/actions/install-roots.ts'
import { issue } from '../testbed/certificates.ts'
import { realPorts } from '../testbed/services.ts'

const { signal } = new AbortController()
const ports = realPorts()
let folder = ''

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-roots-')))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('copies roots that only their owner may read to where containers may, and follows them', async () => {
  const { certificate } = await issue(folder, { name: 'first', hosts: ['db.example'] })
  const input = { from: join(folder, 'given.pem'), path: join(folder, 'copy.pem') }
  const text = await readFile(certificate, 'utf8')
  await writeFile(input.from, text, { mode: 0o600 })
  expect(await installRoots.inspect(input, ports, signal)).toMatchObject({ effect: 'create' })
  await installRoots.apply(input, ports, () => undefined, signal)
  expect(await readFile(input.path, 'utf8')).toBe(text)
  expect((await stat(input.path)).mode & 0o777).toBe(0o644)
  expect(await installRoots.inspect(input, ports, signal)).toMatchObject({ effect: 'unchanged' })
  await writeFile(input.from, text + text)
  expect(await installRoots.inspect(input, ports, signal)).toEqual({ effect: 'update', why: 'was renewed' })
})

it.each([
  ['is not there', undefined, 'tls.no-file'],
  ['is no certificate', 'DER, perhaps', 'tls.not-a-certificate'],
])('says that a file %s before anything is changed', async (_what, text, code) => {
  const from = join(folder, 'given.pem')
  if (text !== undefined) await writeFile(from, text)
  const input = { from, path: join(folder, 'copy.pem') }
  await expect(installRoots.inspect(input, ports, signal)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(from),
  })
})
