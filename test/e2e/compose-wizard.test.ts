// A person at a terminal with a Docker engine: a stack of containers from the first question to its proof, and what they see of it later.
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { findChromium, startChromium } from '../testbed/chromium.ts'
import { composeIn, containerEngine, docker, inspectService } from '../testbed/containers.ts'
import { need } from '../testbed/need.ts'
import { eventually, freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'
import { logSeenRun, lookAtRun } from '../testbed/seen-run.ts'
import { KEYS, openTerminal, type TestTerminal } from '../testbed/test-terminal.ts'

const { enter, down, ctrlC } = KEYS
const ENGINE = 'a Docker engine with the images of a stack'
/** Images are there; the machine may do other things too. */
const SETUP_MS = 250_000
const SHOW_CURSOR = '\u001b[?25h'
const NAME = `e2e-screens-${process.pid}`

let sandbox: Sandbox
let directory: string
let url: string
const engine = await containerEngine()
const terminals: TestTerminal[] = []

beforeAll(async () => {
  sandbox = await makeSandbox()
  directory = join(sandbox.home, 'stack')
  url = `https://localhost:${await freePort()}`
})
afterEach(() => terminals.splice(0).forEach((terminal) => terminal.close()))
afterAll(async () => {
  if (engine !== undefined) {
    await composeIn(directory, 'down', '--volumes', '--timeout', '1').catch(() => undefined)
    await docker('image', 'rm', `mlflow-setup/${NAME}:3.17.2`).catch(() => undefined)
  }
  await sandbox.remove()
})

/** As narrow as SCREENS.md wants it to work. */
function open(args: readonly string[], cols = 80): TestTerminal {
  const terminal = openTerminal(args, sandbox.env, sandbox.home, { cols, rows: 50 })
  terminals.push(terminal)
  return terminal
}

const run = (args: readonly string[]) => sandbox.run([...args, '--dir', directory])

const secretsIn = async () => parseEnvFile(await readFile(join(directory, '.env'), 'utf8'))

/** What a shell makes of the lines behind `Again`. */
function againIn(text: string): readonly string[] {
  const [, command = ''] = /^ {3}Again {6}((?:.*\\\n)*.*)$/m.exec(text) ?? []
  return command.replaceAll(/\\\n/g, ' ').split(/\s+/)
}

describe('a stack of containers at a terminal', () => {
  it('asks where it runs and whose stores it takes, shows containers, and is proven', async (context) => {
    need(context, engine, ENGINE)
    const terminal = open(['--dir', directory, '--name', NAME, '--public-url', url])
    await terminal.sees('Who will use this MLflow?')
    terminal.press(down, enter)
    await terminal.sees('Where should it run?')
    await terminal.sees('In containers')
    // Which of them is the default hangs on what else the machine has.
    if (terminal.text().includes('● On this machine')) terminal.press(down)
    terminal.press(enter)
    for (const question of ['Whose PostgreSQL?', 'Where should files live?']) {
      await terminal.sees(question)
      terminal.press(enter)
    }
    await terminal.sees('containers on this machine')
    await terminal.sees('SeaweedFS   files')
    await terminal.sees('4 containers')
    await terminal.sees('changes in ~/stack')
    terminal.press(enter)
    await terminal.sees('Proven by HTTP calls', SETUP_MS)
    await terminal.sees('docker compose ps, logs or up -d, in ~/stack')
    expect(await terminal.ends()).toBe(0)
    expect(terminal.text()).not.toContain('venv/bin/activate')
    expect(terminal.raw().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(terminal.raw().lastIndexOf('\u001b[?25l'))

    const secrets = await secretsIn()
    const told = ['POSTGRES_PASSWORD', 'AWS_SECRET_ACCESS_KEY', 'MLFLOW_SETUP_ADMIN_PASSWORD'].filter((name) =>
      terminal.raw().includes(secrets[name] ?? ''),
    )
    expect(told).toEqual([])

    const [npx, program, ...again] = againIn(terminal.text())
    expect([npx, program]).toEqual(['npx', 'mlflow-setup'])
    const words = ['--target compose', '--postgres managed', '--managed-s3 seaweedfs', `--public-url ${url}`]
    for (const word of words) expect(again.join(' ')).toContain(word)
    const repeated = await sandbox.run([...again, '--test-client', 'off', '--json'])
    expect([repeated.code, JSON.parse(repeated.out).changes]).toEqual([0, 0])
  })

  it('tells each container, its image and its memory in 80 columns and as JSON', async (context) => {
    need(context, engine, ENGINE)
    const [text, json] = await Promise.all([run(['status']), run(['status', '--json'])])
    expect(text.out).toMatch(/^ {2}object-store +running .* seaweedfs 4\.47 · \d+ MB of 1 GB$/m)
    expect(text.out).toMatch(/^ {2}mlflow +running .*2 workers · 3\.17\.2 · \d+ MB of/m)
    const report = JSON.parse(json.out)
    expect(report).toMatchObject({ schemaVersion: 1, kind: 'status', ok: true, target: 'compose' })
    expect(report.services.map(({ name }: { name: string }) => name)).toEqual([
      'postgres',
      'object-store',
      'mlflow',
      'nginx',
    ])
  })

  it('is a page in Chromium, with the file of a run', async (context) => {
    need(context, engine, ENGINE)
    need(context, findChromium(), 'Chromium')
    need(context, existsSync('/usr/bin/certutil') ? 'there' : undefined, 'certutil')
    const root = join(directory, 'tls/ca.pem')
    const { MLFLOW_SETUP_ADMIN_PASSWORD: password = '' } = await secretsIn()
    const place = { url, login: { username: 'admin', password } }
    const browser = await startChromium(root)
    try {
      const experimentId = await logSeenRun({ ...place, ca: await readFile(root, 'utf8') })
      expect(await lookAtRun(browser, { ...place, experimentId, keptAs: 'compose' })).toEqual([])
    } finally {
      await browser.close()
    }
  })

  it('puts the lines of several containers into one order, and has those of a job', async (context) => {
    need(context, engine, ENGINE)
    const all = await run(['logs', '--lines', '3', '--json'])
    const { lines }: { lines: readonly string[] } = JSON.parse(all.out)
    expect(lines).toHaveLength(12)
    expect((await run(['logs', 'database'])).out).toMatch(/^tables in .*: made$/m)
    const refused = await run(['logs', 'datebase'])
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('no service datebase')])
  })

  it('follows logs until Ctrl-C, which ends them without a word', async (context) => {
    need(context, engine, ENGINE)
    const terminal = open(['logs', '--follow', '--lines', '1', '--dir', directory])
    await terminal.sees('object-store  ')
    terminal.press(ctrlC)
    expect(await terminal.ends()).toBe(0)
    expect(terminal.text().split('\n').at(-2)).toMatch(/\S {2}\S/)
  })

  it('says why a container ended, and what to do', async (context) => {
    need(context, engine, ENGINE)
    await docker('kill', (await inspectService(directory, 'postgres')).Id)
    const stopped = await run(['status'])
    expect([stopped.code, stopped.out]).toEqual([1, expect.stringContaining('Why  postgres is stopped.')])
    expect(stopped.out).toMatch(/last ended with SIGKILL, \d+ s ago/)
    const plan = await run(['plan', '--check', '--json'])
    expect([plan.code, JSON.parse(plan.out)]).toEqual([4, expect.objectContaining({ changes: 1 })])
    expect((await run(['start'])).out).toBe(`${NAME} is running at ${JSON.parse(plan.out).stack.address}.`)
  })

  it('leaves a terminal that works after Ctrl-C while it stops, and a stack that starts again', async (context) => {
    need(context, engine, ENGINE)
    const terminal = open(['stop', '--dir', directory], 60)
    await terminal.sees('stopping ')
    terminal.press(ctrlC)
    expect(await terminal.ends()).toBe(130)
    expect(terminal.raw().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(terminal.raw().lastIndexOf('\u001b[?25l'))
    const started = await run(['restart'])
    expect([started.code, started.err]).toEqual([0, expect.stringMatching(/^\S {2}containers +running/m)])
    expect((await run(['status'])).code).toBe(0)
  })

  it('shows the last lines of a container that does not come up, and its reason in status', async (context) => {
    need(context, engine, ENGINE)
    // As somebody's own addition might break it.
    const override = join(directory, 'compose.override.yaml')
    await writeFile(override, "services:\n  mlflow:\n    entrypoint: [sh, -c, 'echo no more of this; exit 3']\n")
    const failed = await run(['apply'])
    expect(failed.code).toBe(1)
    expect(failed.err).toMatch(/The service mlflow ended/)
    expect(failed.err).toMatch(/│ no more of this/)
    const status = await eventually(
      () => run(['status']),
      ({ out }) => out.includes('restarting'),
      60_000,
    )
    expect(status.out).toMatch(/Why {2}mlflow ended by itself: no more of this/)
    expect(status.out).toContain('Do   mlflow-setup logs mlflow')
  })
})
