import { appendFile, copyFile, mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { eventually, freePort, makeSandbox, serverPid, type Sandbox } from '../testbed/sandbox.ts'

let sandbox: Sandbox
let stack: string
let port: number

const status = async () => JSON.parse((await sandbox.run(['status', '--json'])).out)
const inStack = (...parts: string[]) => join(stack, ...parts)

beforeAll(async () => {
  sandbox = await makeSandbox()
  stack = join(sandbox.home, 'mlflow')
  port = await freePort()
})

afterAll(() => sandbox.remove())

// One stack lives through all of this, as at a user's: each test goes on from the one before.
describe('a stack from nothing', () => {
  it('is set up, running and proven after one command without a question', async () => {
    const { code, out, err } = await sandbox.run(['--yes', '--public-url', `http://127.0.0.1:${port}`])
    expect(err).not.toContain('Warning')
    expect(out).toMatch(/Proven by HTTP calls: 9 steps passed/)
    expect(out).toContain(`export MLFLOW_TRACKING_URI=http://127.0.0.1:${port}`)
    expect(code).toBe(0)
    const page = await fetch(`http://127.0.0.1:${port}/version`)
    expect(await page.text()).toBe('3.17.2')
  })

  it('keeps its secrets to its owner, and says them nowhere', async () => {
    expect((await stat(inStack('.env'))).mode & 0o777).toBe(0o600)
    expect((await stat(stack)).mode & 0o777).toBe(0o700)
    const { MLFLOW_CRYPTO_KEK_PASSPHRASE: secret = '' } = parseEnvFile(await readFile(inStack('.env'), 'utf8'))
    expect(secret).toMatch(/^[\w-]{43}$/)
    const files = ['mlflow-setup.yaml', '.mlflow-setup/journal.jsonl', '.mlflow-setup/services.json', 'logs/mlflow.log']
    const said = await Promise.all(files.map((file) => readFile(inStack(file), 'utf8')))
    expect(said.filter((text) => text.includes(secret))).toEqual([])
    const plan = await sandbox.run(['plan', '--json', '--verbose'])
    expect(plan.out).not.toContain(secret)
  })

  it('listens on this machine only, and only to names that it knows', async () => {
    const { body, ...answer } = await fetch(`http://127.0.0.1:${port}/api/3.0/mlflow/server-info`)
    expect(answer).toBeDefined()
    await body?.cancel()
    const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((table) => readFile(table, 'utf8')))
    const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0')
    const listening = tables
      .join('\n')
      .split('\n')
      .filter((line) => new RegExp(`: \\w+:${hexadecimal} \\w+:0000 0A`).test(line))
    expect(listening.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${hexadecimal}`])
  })

  it('does not change when it is applied again', async () => {
    const before = await serverPid(stack)
    const { code, out } = await sandbox.run(['apply'])
    expect([code, out]).toEqual([0, expect.stringContaining('Nothing to change')])
    expect((await sandbox.run(['plan', '--check'])).code).toBe(0)
    expect(await serverPid(stack)).toBe(before)
  })

  it('is the same after the whole setup once more', async () => {
    const spec = await readFile(inStack('mlflow-setup.yaml'), 'utf8')
    const env = await readFile(inStack('.env'), 'utf8')
    const { code } = await sandbox.run(['--yes'])
    expect(code).toBe(0)
    expect(await readFile(inStack('mlflow-setup.yaml'), 'utf8')).toBe(spec)
    expect(await readFile(inStack('.env'), 'utf8')).toBe(env)
  })

  it('tells its status, as text and as data', async () => {
    const text = await sandbox.run(['status'])
    expect([text.code, text.out]).toEqual([0, expect.stringMatching(/healthy\n.*mlflow +running/)])
    expect(await status()).toMatchObject({
      schemaVersion: 1,
      healthy: true,
      services: [{ name: 'mlflow', state: 'running', port, restarts: 0 }],
    })
  })

  it('shows its log', async () => {
    const { code, out } = await sandbox.run(['logs', '--lines', '200'])
    expect([code, out]).toEqual([0, expect.stringContaining('Uvicorn running on')])
    expect((await sandbox.run(['logs', '--lines', '2'])).out.split('\n')).toHaveLength(2)
  })

  it('is proven by the real Python client too', async () => {
    const { code, out } = await sandbox.run(['test'])
    expect(out).toMatch(/The Python client\n.* Python client +MLflow 3\.17\.2/)
    expect(out).toMatch(/model +registered, loaded, same predictions/)
    expect([code, out]).toEqual([0, expect.stringContaining('Proven by HTTP calls and the Python client')])
  })

  it('is there again when its server is killed', async () => {
    const killed = await serverPid(stack)
    process.kill(killed, 'SIGKILL')
    const after = await eventually(status, ({ healthy, services }) => healthy === true && services[0].pid !== killed)
    expect(after.services[0].restarts).toBe(1)
  })

  it('stops and starts', async () => {
    expect((await sandbox.run(['stop'])).code).toBe(0)
    const stopped = await sandbox.run(['status'])
    expect([stopped.code, stopped.out]).toEqual([1, expect.stringContaining('mlflow-setup start')])
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow('fetch failed')
    expect((await sandbox.run(['stop'])).out).toContain('is stopped already')
    expect((await sandbox.run(['start'])).code).toBe(0)
    expect((await sandbox.run(['start'])).out).toContain('is running already')
    expect((await status()).healthy).toBe(true)
  })
})

describe('its files', () => {
  it('that were edited are not overwritten', async () => {
    await appendFile(inStack('.env'), 'MINE=1\n')
    const mine = await readFile(inStack('.env'), 'utf8')
    const { code, err } = await sandbox.run(['apply'])
    expect([code, err]).toEqual([2, expect.stringMatching(/-MINE=1[\s\S]*apply --replace \.env/)])
    expect(err).not.toContain(parseEnvFile(mine)['MLFLOW_CRYPTO_KEK_PASSPHRASE'])
    expect((await sandbox.run(['--yes'])).code).toBe(2)
    expect((await sandbox.run(['plan'])).code).toBe(1)
    expect(await readFile(inStack('.env'), 'utf8')).toBe(mine)
  })

  it('are replaced on request, after a backup, with the same secrets', async () => {
    const mine = await readFile(inStack('.env'), 'utf8')
    expect((await sandbox.run(['apply', '--replace', '.env'])).code).toBe(0)
    const backup = (await readdir(stack)).find((name) => /^\.env\..*\.bak$/.test(name)) ?? 'none'
    expect(await readFile(inStack(backup), 'utf8')).toBe(mine)
    const { MINE, ...rest } = parseEnvFile(mine)
    expect(MINE).toBe('1')
    expect(parseEnvFile(await readFile(inStack('.env'), 'utf8'))).toEqual(rest)
  })

  it('follow the spec: its user edits it, apply does the rest', async () => {
    const spec = await readFile(inStack('mlflow-setup.yaml'), 'utf8')
    const edited = `${spec.replace('workers: 1', 'workers: 2')}environment:\n  MLFLOW_MINE: "it's"\n`
    await writeFile(inStack('mlflow-setup.yaml'), edited)
    expect((await sandbox.run(['plan', '--check'])).code).toBe(4)
    expect((await sandbox.run(['apply'])).code).toBe(0)
    expect((await sandbox.run(['plan', '--check'])).code).toBe(0)
    expect(await readFile(inStack('mlflow-setup.yaml'), 'utf8')).toBe(edited)
    const environment = await readFile(`/proc/${await serverPid(stack)}/environ`, 'utf8')
    expect(environment.split('\0')).toContain("MLFLOW_MINE=it's")
    expect(environment.split('\0')).toContain('MLFLOW_WORKERS=2')
  })

  it('with a fault are named by line and column, and nothing is changed', async () => {
    const spec = await readFile(inStack('mlflow-setup.yaml'), 'utf8')
    await writeFile(inStack('mlflow-setup.yaml'), spec.replace('scenario: 3', 'scenaro: 3'))
    const before = await readFile(inStack('.env'), 'utf8')
    const { code, err } = await sandbox.run(['apply'])
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/mlflow-setup\.yaml:6:1 .*scenaro is not a known key; did you mean scenario\?/),
    ])
    expect(await readFile(inStack('.env'), 'utf8')).toBe(before)
    await writeFile(inStack('mlflow-setup.yaml'), spec)
  })
})

describe('a server that dies at its start', () => {
  it('is shown with its last words, and is not started for ever', async () => {
    const backup = inStack('data/good.db')
    expect((await sandbox.run(['stop'])).code).toBe(0)
    await copyFile(inStack('data/mlflow.db'), backup)
    await writeFile(
      inStack('data/mlflow.db'),
      'no database at all, but long enough to look like one to SQLite, which reads 100 bytes first'.repeat(3),
    )
    try {
      const { code, err } = await sandbox.run(['start'])
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(/The SQLite file is damaged[\s\S]*Last lines of .*mlflow\.log/),
      ])
      expect((await status()).services[0].state).not.toBe('running')
    } finally {
      await rename(backup, inStack('data/mlflow.db'))
    }
    expect((await sandbox.run(['start'])).code).toBe(0)
  })
})

describe('runs at the same time', () => {
  it('one works, the other one says who does', async () => {
    const first = sandbox.start(['restart'])
    await eventually(
      () => readFile(inStack('.mlflow-setup/lock'), 'utf8').catch(() => ''),
      (text) => text !== '',
    )
    const second = await sandbox.run(['restart'])
    expect([second.code, second.err]).toEqual([
      2,
      expect.stringMatching(new RegExp(`Another mlflow-setup[\\s\\S]*Process ${first.pid}`)),
    ])
    expect((await first.ended).code).toBe(0)
  })

  it('a lock whose holder was killed holds nobody up', async () => {
    await writeFile(
      inStack('.mlflow-setup/lock'),
      JSON.stringify({ pid: process.pid, startedAt: 'another time', since: '' }),
    )
    expect((await sandbox.run(['apply'])).code).toBe(0)
    await mkdir(inStack('.mlflow-setup'), { recursive: true })
    await writeFile(inStack('.mlflow-setup/lock'), 'half a')
    expect((await sandbox.run(['restart'])).code).toBe(0)
  })
})

describe('a stack directory that was moved', () => {
  it('works at its new place', async () => {
    expect((await sandbox.run(['stop'])).code).toBe(0)
    const moved = join(sandbox.home, 'moved here')
    await rename(stack, moved)
    expect((await sandbox.run(['apply', '--dir', moved])).code).toBe(0)
    expect((await sandbox.run(['test', '--dir', moved, '--test-client', 'rest'])).code).toBe(0)
    expect((await sandbox.run(['plan', '--check', '--dir', moved])).code).toBe(0)
    expect((await sandbox.run(['stop', '--dir', moved])).code).toBe(0)
    await rename(moved, stack)
  })
})
