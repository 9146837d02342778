// A set-up of scenario 5 that is killed in the middle of every step; the same command completes it.
import { readdir, readFile, stat } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { makeDatabases } from '../../src/ports/databases.ts'
import { need } from '../testbed/need.ts'
import { processesWith } from '../testbed/processes.ts'
import { openSandbox } from '../testbed/production.ts'
import { freePort, makeSandbox, type Ran, type RunOptions, type Sandbox } from '../testbed/sandbox.ts'
import { startStorage, storageProgram, type StorageServer } from '../testbed/storage-server.ts'

/** The stack, and by it the database and its role. */
const NAME = 'phoenix'
const NEEDED = 'root, nginx, PostgreSQL and versitygw'

let sandbox: Sandbox
let storage: StorageServer
let directory: string
let flags: readonly string[]
let options: RunOptions

const inStack = (...parts: string[]) => join(directory, ...parts)
const namesIn = (...parts: string[]) => readdir(inStack(...parts)).catch((): string[] => [])

function possible(): string | undefined {
  const there = existsSync('/usr/sbin/nginx') && existsSync('/usr/lib/postgresql')
  return process.getuid?.() === 0 && there && storageProgram('versitygw') !== undefined ? 'yes' : undefined
}

beforeAll(async () => {
  if (possible() === undefined) return
  sandbox = await makeSandbox()
  await openSandbox(sandbox)
  storage = await startStorage('versitygw')
  directory = join(sandbox.home, NAME)
  const answers = {
    scenario: 5,
    dir: directory,
    'public-url': `https://localhost:${await freePort()}`,
    port: await freePort(),
    'backend-store': 'postgres',
    'artifact-store': 's3',
    's3-endpoint': storage.endpoint,
    's3-bucket': NAME,
    proxy: 'managed',
    service: 'background',
  }
  flags = Object.entries(answers).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  options = {
    env: { AWS_ACCESS_KEY_ID: storage.keys.id, AWS_SECRET_ACCESS_KEY: storage.keys.secret },
    // A process group of its own, as each command in a terminal is: whatever it has started ends with it.
    under: ['setsid'],
  }
})

afterAll(async () => {
  if (possible() === undefined) return
  await sandbox.remove()
  await storage.stop()
})

/** As the superuser of the stack's cluster; nothing while that takes no connections. */
async function ask(sql: string, database: string): Promise<readonly Readonly<Record<string, string | null>>[]> {
  const socket = inStack('postgresql', 'run')
  try {
    const { uid, gid } = await stat(socket)
    const session = await makeDatabases().connect(
      { host: socket, port: 5432, sslMode: 'disable', user: 'postgres', database, as: { uid, gid } },
      { timeoutMs: 5000, signal: new AbortController().signal },
    )
    return await session.query(sql).finally(() => session.end())
  } catch {
    return []
  }
}

interface Moment {
  readonly action: string
  readonly signal: 'SIGKILL' | 'SIGINT'
  /** Whether the action has left something half done. */
  inTheMiddle(): Promise<boolean>
}

const MOMENTS: readonly Moment[] = [
  {
    action: 'create-cluster',
    signal: 'SIGKILL',
    inTheMiddle: async () => (await namesIn('postgresql')).some((name) => /^data\..*\.draft$/.test(name)),
  },
  {
    action: 'install-packages',
    signal: 'SIGINT',
    inTheMiddle: async () => (await namesIn('venv', 'lib')).length > 0,
  },
  {
    action: 'run-services:postgresql',
    signal: 'SIGKILL',
    inTheMiddle: async () => existsSync(inStack('postgresql', 'data', 'postmaster.pid')),
  },
  {
    action: 'create-database',
    signal: 'SIGKILL',
    inTheMiddle: async () => {
      const roles = await ask(`select 1 from pg_roles where rolname = '${NAME}'`, 'postgres')
      return roles.length > 0
    },
  },
  {
    action: 'initialise-schema',
    signal: 'SIGKILL',
    inTheMiddle: async () => (await ask(`select 1 from pg_tables where schemaname = 'public'`, NAME)).length > 0,
  },
  {
    action: 'run-services:mlflow',
    signal: 'SIGINT',
    inTheMiddle: async () => existsSync(inStack('logs', 'mlflow.log')),
  },
  {
    action: 'run-services:nginx',
    signal: 'SIGKILL',
    inTheMiddle: async () => existsSync(inStack('.mlflow-setup', 'nginx', 'supervisor.json')),
  },
]

/** The journal so far, one object a line. */
async function readJournal(): Promise<readonly { action: string; phase: string }[]> {
  const text = await readFile(inStack('.mlflow-setup', 'journal.jsonl'), 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line))
}

/** Those of the moments that are now: the action is in its middle, or got to its end before anybody looked. */
async function momentsNow(open: readonly Moment[], linesBefore: number): Promise<readonly Moment[]> {
  const lines = (await readJournal()).slice(linesBefore)
  const has = (moment: Moment, phase: string) =>
    lines.some((line) => line.action.startsWith(moment.action) && line.phase === phase)
  const now = await Promise.all(
    open.map(async (moment) => has(moment, 'done') || (has(moment, 'started') && (await moment.inTheMiddle()))),
  )
  return open.filter((_, at) => now[at])
}

interface Killed {
  readonly moments: readonly Moment[]
  readonly signal: Moment['signal'] | undefined
  readonly ran: Ran
}

/** The program, until one of the moments has come; without one, until its end. */
async function runUntil(open: readonly Moment[], args: readonly string[] = ['--yes', ...flags]): Promise<Killed> {
  const linesBefore = (await readJournal()).length
  const run = sandbox.start(args, options)
  let ended = false
  const end = run.ended.then((ran) => {
    ended = true
    return ran
  })
  for (;;) {
    const moments = await momentsNow(open, linesBefore)
    const signal = moments[0]?.signal
    if (signal !== undefined && run.pid !== undefined && !ended) process.kill(-run.pid, signal)
    if (signal !== undefined || ended) return { moments, signal, ran: await end }
    await sleep(10)
  }
}

/** Everything that the stack keeps secret, by its variable. */
async function readSecrets(): Promise<Readonly<Record<string, string>>> {
  const all = parseEnvFile(await readFile(inStack('.env'), 'utf8').catch(() => ''))
  return Object.fromEntries(Object.entries(all).filter(([name]) => /PASS|KEY|SECRET/u.test(name)))
}

// One stack lives through all of this: each test goes on from the one before.
describe('a set-up of scenario 5 with a database of its own', () => {
  it('is killed in the middle of each of its steps, and completed by the same command', async (context) => {
    need(context, possible(), NEEDED)
    let open = MOMENTS
    const interrupted: Ran[] = []
    let secrets: Readonly<Record<string, string>> = {}
    while (open.length > 0) {
      const { moments, signal, ran } = await runUntil(open)
      expect(
        moments.map(({ action }) => action),
        `${ran.out}\n${ran.err}`,
      ).not.toEqual([])
      if (signal === 'SIGINT') interrupted.push(ran)
      const now = await readSecrets()
      // None is made anew that was there.
      expect(now).toMatchObject(secrets)
      secrets = now
      open = open.filter((moment) => !moments.includes(moment))
    }
    const told = interrupted.map(({ code, err }) => [code, /again/iu.test(err)])
    expect([...new Set(told.map(String))]).toEqual(['130,true'])
    const { ran } = await runUntil([])
    expect([ran.code, ran.err]).toEqual([0, expect.not.stringContaining('bug')])
    expect(ran.out).toMatch(/Proven .*steps passed/)
    expect(await readSecrets()).toEqual(secrets)
    expect(Object.keys(secrets)).toEqual(expect.arrayContaining(['PGPASSWORD', 'MLFLOW_SETUP_ADMIN_PASSWORD']))
    // Eight runs.
  }, 480_000)

  it('has one database, one role, and nothing half made', async (context) => {
    need(context, possible(), NEEDED)
    const names = async (sql: string) => (await ask(sql, 'postgres')).map(({ name }) => name)
    const databases = await names('select datname as name from pg_database where not datistemplate order by 1')
    const roles = await names('select rolname as name from pg_roles where rolcanlogin order by 1')
    expect([databases, roles]).toEqual([
      [NAME, 'postgres'],
      [NAME, 'postgres'],
    ])
    const left = (await namesIn('postgresql')).filter((name) => !['data', 'run'].includes(name))
    expect(left.toSorted()).toEqual(['pg_hba.conf', 'postgresql.conf'])
    expect(await namesIn('.mlflow-setup')).not.toContain('lock')
  })

  it('runs each server once', async (context) => {
    need(context, possible(), NEEDED)
    const count = async (text: string) => (await processesWith(text)).length
    expect({
      supervisors: await count(`${directory}/.mlflow-setup/`),
      databases: await count(`-D ${inStack('postgresql', 'data')}`),
      servers: await count(`${inStack('venv/bin/python')} -m mlflow server`),
    }).toEqual({ supervisors: 3, databases: 1, servers: 1 })
  })

  it('has nothing left to do', async (context) => {
    need(context, possible(), NEEDED)
    const check = await sandbox.run(['plan', '--check', '--dir', directory])
    expect([check.code, check.err]).toEqual([0, ''])
  })

  it('is killed while it changes, and apply completes it', async (context) => {
    need(context, possible(), NEEDED)
    const written: Moment = { action: 'write-file', signal: 'SIGKILL', inTheMiddle: async () => false }
    const url = `https://127.0.0.1:${await freePort()}`
    const change = ['--yes', '--dir', directory, '--public-url', url]
    const { signal } = await runUntil([written], change)
    expect(signal).toBe('SIGKILL')
    expect((await sandbox.run(['plan', '--check', '--dir', directory])).code).toBe(4)
    const applied = await sandbox.run(['apply', '--dir', directory])
    expect([applied.code, applied.err]).toEqual([0, expect.not.stringContaining('bug')])
    expect(applied.out).toContain(url)
    expect((await sandbox.run(['plan', '--check', '--dir', directory])).code).toBe(0)
  })
})
