import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { need } from '../testbed/need.ts'
import { nodeOfVersion } from '../testbed/node-versions.ts'
import { installPackage, type InstalledPackage } from '../testbed/package.ts'
import { freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'

let installed: InstalledPackage
/** Only for what it knows of package indexes and caches. */
let sandbox: Sandbox

beforeAll(async () => {
  ;[installed, sandbox] = await Promise.all([installPackage(), makeSandbox()])
})
afterAll(() => Promise.all([installed.remove(), sandbox.remove()]))

it.for(['20.19', '24'])('npx mlflow-setup --yes sets up and proves, on Node.js %s', async (version, context) => {
  const found = await nodeOfVersion(version)
  const node = need(context, found, `Node.js ${version} from npm`)
  const env = { ...sandbox.env, ...installed.env(node) }
  const stack = join(installed.home, `mlflow-${version}`)
  const npx = (...args: readonly string[]) =>
    execa('npx', ['mlflow-setup', ...args, '--dir', stack], {
      cwd: installed.folder,
      env,
      extendEnv: false,
      reject: false,
    })
  try {
    const made = await npx('--yes', '--public-url', `http://127.0.0.1:${await freePort()}`)
    expect([made.exitCode, made.stdout]).toEqual([0, expect.stringContaining('Proven by HTTP calls')])
    expect(made.stderr).not.toMatch(/warning|deprecat/i)
    expect((await npx('test', '--test-client', 'python')).stdout).toContain('registered, loaded, same predictions')
    expect((await npx('plan', '--check')).exitCode).toBe(0)
  } finally {
    expect((await npx('stop')).exitCode).toBe(0)
  }
})
