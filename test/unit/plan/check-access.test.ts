import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkAccess } from '../../../src/plan/preflight/check-access.ts'
import { makeFiles } from '../../../src/ports/files.ts'
import { fakeFacts, TEAM_MACHINE } from '../../fakes/facts.ts'
import { fakeStack, MANAGED_POSTGRES } from '../../fakes/stack.ts'

let home = ''
beforeAll(async () => {
  // Where everybody gets to, whatever TMPDIR says.
  home = await mkdtemp('/tmp/mlflow-setup-access-')
  await chmod(home, 0o755)
  await mkdir(join(home, 'closed'))
  await chmod(join(home, 'closed'), 0o700)
  await symlink(join(home, 'closed'), join(home, 'link'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

async function problemsAt(directory: string, spec: Parameters<typeof fakeStack>[1], machine = TEAM_MACHINE) {
  const stack = { ...fakeStack(5, { python: '/usr/bin/python3', ...spec }), directory }
  const found = await checkAccess(stack, fakeFacts(machine).machine, { files: makeFiles() })
  return found.map(({ name, message }) => `${name}: ${message}`)
}

it("the services' user gets to an open folder, there or not", async () => {
  expect(await problemsAt(join(home, 'stack'), { runAs: 'mlflow' })).toEqual([])
  expect(await problemsAt(join(home, 'not', 'there', 'yet'), { runAs: 'mlflow' })).toEqual([])
})

it.each(['closed/stack', 'link/stack', 'link/not/there/yet'])('but not to %s', async (path) => {
  expect(await problemsAt(join(home, path), { runAs: 'mlflow' })).toEqual([
    expect.stringMatching(/^--dir: .* is below .*\/closed, which the user mlflow may not enter; take \/srv\/mlflow/),
  ])
})

it('root alone runs no PostgreSQL', async () => {
  const managed = { runAs: undefined, backendStore: MANAGED_POSTGRES }
  expect(await problemsAt(join(home, 'stack'), managed)).toEqual([
    '--run-as: none is root here, as whom PostgreSQL never runs; take mlflow',
  ])
  expect(await problemsAt(join(home, 'stack'), managed, { root: false })).toEqual([])
})

it('nobody else makes users', async () => {
  expect(await problemsAt(join(home, 'stack'), { runAs: 'mlflow' }, { root: false })).toEqual([
    '--run-as: only root can make a user; take none, or use sudo',
  ])
})
