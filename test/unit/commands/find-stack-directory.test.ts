import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findStackDirectory } from '../../../src/commands/find-stack-directory.ts'
import { makePorts } from '../../../src/ports/real-ports.ts'

const USER = { uid: 1000, home: '/home/ada', cwd: '/home/ada/work' }
const ROOT = { uid: 0, home: '/root', cwd: '/root' }

/** A machine whose only stacks are in these directories. */
function contextOf({ uid, home, cwd }: typeof USER, stacks: readonly string[]) {
  const { files, host } = makePorts({ HOME: home })
  const found = { kind: 'file', mode: 0o644, size: 1, uid: 0, gid: 0, modified: new Date(0) } as const
  const stat = async (path: string) => (stacks.includes(dirname(path)) ? found : undefined)
  return { cwd, host: { ...host, uid, home }, files: { ...files, stat } }
}

describe('the stack directory that is meant', () => {
  it.each([
    ['the one that is named', USER, ['/home/ada/work'], ['~/other'], undefined, '/home/ada/other'],
    ['the nearest one above', USER, ['/home/ada', '/home/ada/mlflow'], [undefined], undefined, '/home/ada'],
    ['the one at home', USER, ['/srv/mlflow'], [undefined, ''], undefined, '/home/ada/mlflow'],
    ["the team's, for root", ROOT, ['/srv/mlflow'], [], undefined, '/srv/mlflow'],
    ["the team's, for root who changes its scenario", ROOT, ['/srv/mlflow'], [], '6', '/srv/mlflow'],
    ["never the team's for root who tries a server", ROOT, ['/srv/mlflow'], [], '3', '/root/mlflow'],
    ["root's own before the team's", ROOT, ['/srv/mlflow', '/root/mlflow'], [], undefined, '/root/mlflow'],
  ])('is %s', async (_which, who, stacks, hints, scenario, directory) => {
    expect(await findStackDirectory(contextOf(who, stacks), hints, scenario)).toBe(directory)
  })
})
