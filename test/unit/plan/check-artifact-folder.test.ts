import { expect, it } from 'vitest'
import { checkArtifactFolder } from '../../../src/plan/preflight/check-artifact-folder.ts'
import type { FileStat } from '../../../src/ports/files.ts'
import { fakeFacts, READY_ENGINE } from '../../fakes/facts.ts'
import { fakeComposeStack, fakeStack } from '../../fakes/stack.ts'

type Machine = Parameters<typeof fakeFacts>[0]
const ROOT = { root: true, engine: READY_ENGINE }
const USER = { root: false, engine: READY_ENGINE }

async function problemFor(path: string, machine: Machine, there?: Partial<FileStat>) {
  const stack = fakeComposeStack(5, { artifactStore: { kind: 'local', path } })
  const found: FileStat = { kind: 'directory', mode: 0o755, size: 0, modified: new Date(0), uid: 0, gid: 0, ...there }
  const files = { stat: async () => (there === undefined ? undefined : found) }
  const problems = await checkArtifactFolder(stack, fakeFacts(machine).machine, { files })
  return problems.map(({ question, message }) => `${question}: ${message}`).join()
}

it('has nothing against a volume, a bucket or a stack of no containers', async () => {
  expect(await problemFor('data/artifacts', USER)).toBe('')
  const machine = fakeFacts(USER).machine
  const files = { stat: () => Promise.reject(new Error('nobody has to look')) }
  expect(await checkArtifactFolder(fakeComposeStack(5), machine, { files })).toEqual([])
  const native = fakeStack(5, { artifactStore: { kind: 'local', path: '/mnt/artifacts' } })
  expect(await checkArtifactFolder(native, machine, { files })).toEqual([])
})

it('leaves it to root to give the folder away', async () => {
  expect(await problemFor('/mnt/artifacts', ROOT)).toBe('')
  expect(await problemFor('/mnt/artifacts', ROOT, { uid: 0 })).toBe('')
})

it('tells others what only root can do', async () => {
  expect(await problemFor('/mnt/artifacts', USER, { uid: 10_001 })).toBe('')
  expect(await problemFor('/mnt/my artifacts', USER)).toBe(
    "artifactStore: /mnt/my artifacts must belong to 10001:10001, as whom MLflow runs in its container; run: sudo install -d -o 10001 -g 10001 -m 700 '/mnt/my artifacts'",
  )
  expect(await problemFor('files', USER, { uid: 1000 })).toMatch(
    /^artifactStore: \/home\/ada\/mlflow\/files must belong .*; run: sudo chown -R 10001:10001 \/home\/ada\/mlflow\/files$/,
  )
})

it.each(['/', '/home/ada', '/home/ada/mlflow', '.'])('never hands out the stack itself: %s', async (path) => {
  expect(await problemFor(path, ROOT)).toMatch(/ holds the stack itself, with its secrets/)
})

it.each(['nginx', './tls/files', '/home/ada/mlflow/.mlflow-setup'])(
  'nor mixes its files with others: %s',
  async (path) => {
    expect(await problemFor(path, ROOT)).toMatch(/, where the stack has its own files; name another folder$/)
  },
)

it('is no file, and not on an engine that counts users otherwise', async () => {
  expect(await problemFor('/mnt/x', ROOT, { kind: 'file' })).toBe(
    'artifactStore: /mnt/x is not a folder; name another one',
  )
  expect(await problemFor('/mnt/x', { root: false, engine: { ...READY_ENGINE, rootless: true } })).toMatch(
    /this Docker has users of its own; take local or s3$/,
  )
})
