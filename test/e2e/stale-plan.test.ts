import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'
import { KEYS, openTerminal } from '../testbed/test-terminal.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await makeSandbox()
})
afterAll(() => sandbox.remove())

it('a plan that somebody looked at while another run made the stack does not replace its secrets', async () => {
  const address = ['--public-url', `http://127.0.0.1:${await freePort()}`]
  const terminal = openTerminal(['--scenario', '3', ...address], sandbox.env, sandbox.home)
  try {
    await terminal.sees('in ~/mlflow')
    // It writes its files and stops at the packages, which saves their time here.
    const offline = {
      PIP_INDEX_URL: 'http://127.0.0.1:1/',
      UV_DEFAULT_INDEX: 'http://127.0.0.1:1/',
      PIP_FIND_LINKS: '',
    }
    const env = { ...offline, PIP_RETRIES: '0', UV_CACHE_DIR: join(sandbox.home, 'empty') }
    expect((await sandbox.run(['--yes', ...address], { env })).code).toBe(1)
    const secrets = await readFile(join(sandbox.home, 'mlflow/.env'), 'utf8')
    terminal.press(KEYS.enter)
    await terminal.sees('has changed since this plan was made')
    expect(await terminal.ends()).toBe(2)
    expect(await readFile(join(sandbox.home, 'mlflow/.env'), 'utf8')).toBe(secrets)
  } finally {
    terminal.close()
  }
})
