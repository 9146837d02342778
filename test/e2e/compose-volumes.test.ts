// What a stack of containers keeps, whatever happens around it, and whose things it does not touch.
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { composeIn, containerEngine, docker, inspectService } from '../testbed/containers.ts'
import { need } from '../testbed/need.ts'
import { freePort, makeSandbox, type Ran, type Sandbox } from '../testbed/sandbox.ts'
import { makeTracker, type Tracker } from '../testbed/tracker.ts'

const ENGINE = 'a Docker engine with the images of a stack'
const LONG = 280_000
const NAME = `e2e-volumes-${process.pid}`
const SERVICES = ['postgres', 'object-store', 'mlflow', 'nginx'] as const
const ARTIFACT_BYTES = 5_000_000

const engine = await containerEngine()
let sandbox: Sandbox
let directory: string
let flags: readonly string[]
let url: string
/** What was written before anything happened to the stack. */
let runId: string
let digest: string

beforeAll(async () => {
  sandbox = await makeSandbox()
  directory = join(sandbox.home, 'first')
  url = `https://localhost:${await freePort()}`
  flags = flagsOf({ scenario: '5', name: NAME, 'public-url': url })
})
afterAll(async () => {
  await sandbox.remove()
  await docker('volume', 'rm', '--force', `${NAME}-other_mlflow-data`)
})

function flagsOf(answers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries({ target: 'compose', ...answers }).flatMap(([flag, value]) => [`--${flag}`, value])
}

const inStack = (...parts: string[]) => join(directory, ...parts)
const run = (...args: string[]) => sandbox.run([...args, '--dir', directory])
const readIn = (name: string) => readFile(inStack(name), 'utf8')
const idsOf = () => Promise.all(SERVICES.map(async (service) => (await inspectService(directory, service)).Id))
const volumesThere = async () =>
  (await docker('volume', 'ls', '--quiet', '--filter', `label=com.docker.compose.project=${NAME}`))
    .split('\n')
    .toSorted()

/** As one who has the password that `.env` says now. */
async function log(): Promise<Tracker> {
  const { MLFLOW_SETUP_ADMIN_PASSWORD: password = '' } = parseEnvFile(await readIn('.env'))
  return makeTracker(url, { user: 'admin', password, ca: await readIn('tls/ca.pem') })
}

/** It is proven, has nothing left to do, and what was there in the beginning is there. */
async function expectWhole(ran: Ran): Promise<void> {
  expect([ran.code, ran.err]).toEqual([0, expect.not.stringContaining('bug')])
  expect(ran.out).toMatch(/Proven .*steps passed/)
  expect(await (await log()).download(runId, 'kept.bin')).toEqual({ bytes: ARTIFACT_BYTES, digest })
  expect((await run('plan', '--check')).code).toBe(0)
}

/** One error that says this, and containers, volumes and `.env` are what they were. */
async function expectRefused(args: readonly string[], says: RegExp, code = 2): Promise<void> {
  const look = async () => ({
    containers: await docker('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.State}}', '--filter', `name=${NAME}`),
    volumes: await volumesThere(),
    secrets: await readIn('.env').catch(() => 'none'),
    described: await readIn('compose.yaml'),
  })
  const before = await look()
  const ran = await sandbox.run(args)
  expect([ran.code, ran.out]).toEqual([code, ''])
  expect(ran.err).toMatch(says)
  expect(await look()).toEqual(before)
}

/** The journal so far, one object a line. */
async function readJournal(): Promise<readonly { action: string; phase: string }[]> {
  const text = await readIn('.mlflow-setup/journal.jsonl').catch(() => '')
  const lines = text.split('\n').filter((line) => line.endsWith('}'))
  return lines.map((line) => JSON.parse(line))
}

interface Moment {
  readonly action: string
  readonly signal: 'SIGKILL' | 'SIGINT'
  inTheMiddle(): Promise<boolean>
}

const serviceRuns = async (service: string) =>
  (await docker('ps', '--quiet', '--filter', `name=${NAME}-${service}-1`)) !== ''

const MOMENTS: readonly Moment[] = [
  { action: 'build-image', signal: 'SIGKILL', inTheMiddle: async () => true },
  { action: 'run-containers', signal: 'SIGKILL', inTheMiddle: () => serviceRuns('postgres') },
  { action: 'run-containers', signal: 'SIGINT', inTheMiddle: () => serviceRuns('mlflow') },
]

/** The set-up, and whatever it has started in the terminal, until the moment has come. */
async function killAt({ action, signal, inTheMiddle }: Moment): Promise<Ran> {
  const before = (await readJournal()).length
  // A process group of its own, as each command in a terminal is.
  const started = sandbox.start(['--yes', '--dir', directory, ...flags], { under: ['setsid'] })
  const isNow = async () => {
    const lines = (await readJournal()).slice(before)
    const begun = lines.some((line) => line.action.startsWith(action) && line.phase === 'started')
    return begun && inTheMiddle()
  }
  const ended = started.ended.then(() => 'ended' as const)
  for (;;) {
    if (await isNow()) break
    if ((await Promise.race([ended, sleep(10)])) === 'ended') throw new Error(`${action} was not seen`)
  }
  if (started.pid !== undefined) process.kill(-started.pid, signal)
  return started.ended
}

// One stack lives through all of this: each test goes on from the one before.
describe('a stack of containers', () => {
  it(
    'is killed in the middle of its set-up, and completed by the same command with the same secrets',
    async (context) => {
      need(context, engine, ENGINE)
      const secrets: string[] = []
      const told: (readonly [code: number, again: boolean])[] = []
      for (const moment of MOMENTS) {
        const { code, err } = await killAt(moment)
        told.push([code, /again/iu.test(err)])
        secrets.push(await readIn('.env'))
      }
      expect(told.at(-1)).toEqual([130, true])
      const ran = await sandbox.run(['--yes', '--dir', directory, ...flags])
      expect(ran.code, ran.err).toBe(0)
      const tracker = await log()
      runId = await tracker.startRun('kept')
      digest = await tracker.upload(runId, 'kept.bin', ARTIFACT_BYTES)
      await expectWhole(ran)
      expect(new Set([...secrets, await readIn('.env')]).size).toBe(1)
    },
    LONG,
  )

  it(
    'is taken over by no other stack of its name, and by no copy of its folder',
    async (context) => {
      need(context, engine, ENGINE)
      const other = join(sandbox.home, 'other')
      const address = `http://127.0.0.1:${await freePort()}`
      const third = flagsOf({ scenario: '3', name: NAME, 'public-url': address })
      const taken = /name e2e-volumes-\d+ is taken by the stack in\s+\S+first.*--name.*--dir \S+first/s
      await expectRefused(['--yes', '--dir', other, ...third], taken)
      expect(existsSync(other)).toBe(false)
      await cp(directory, other, { recursive: true, preserveTimestamps: true })
      for (const command of ['plan', 'apply', 'stop']) await expectRefused([command, '--dir', other], taken)
      await rm(other, { recursive: true })
    },
    LONG,
  )

  it("does not take what is not mlflow-setup's", async (context) => {
    need(context, engine, ENGINE)
    const name = `${NAME}-other`
    await docker('volume', 'create', '--label', `com.docker.compose.project=${name}`, `${name}_mlflow-data`)
    const dir = join(sandbox.home, 'other')
    const third = flagsOf({ scenario: '3', name, dir, 'public-url': `http://127.0.0.1:${await freePort()}` })
    await expectRefused(['--yes', ...third], /is taken by another Compose project.*docker volume inspect/s)
    expect(existsSync(dir)).toBe(false)
  })

  it(
    'goes on where its folder was moved to, and makes anew only what saw the old one',
    async (context) => {
      need(context, engine, ENGINE)
      const [postgres, store, mlflow, nginx] = await idsOf()
      const old = directory
      directory = join(sandbox.home, 'a new place')
      await rename(old, directory)
      const planned = await run('plan')
      expect(planned.out).toMatch(/containers\s+the folder was moved, and they see/)
      await expectWhole(await run('apply'))
      expect(await idsOf()).toEqual([postgres, store, mlflow, expect.not.stringMatching(nginx ?? 'none')])
      expect(existsSync(old)).toBe(false)
    },
    LONG,
  )

  it(
    'finds the secrets of a lost .env in its containers',
    async (context) => {
      need(context, engine, ENGINE)
      const secrets = await readIn('.env')
      const ids = await idsOf()
      await rm(inStack('.env'))
      expect((await run('plan')).out).toMatch(/write\s+\.env\s+recovered from the containers/)
      await expectWhole(await run('apply'))
      expect(await readIn('.env')).toBe(secrets)
      expect(await idsOf()).toEqual(ids)
    },
    LONG,
  )

  it(
    'gives the database the password that somebody wrote into .env',
    async (context) => {
      need(context, engine, ENGINE)
      const password = `it's "$new" \\ # 1`
      const secrets = await readIn('.env')
      await writeFile(
        inStack('.env'),
        secrets.replace(/^POSTGRES_PASSWORD=.*$/m, `POSTGRES_PASSWORD="it's \\"\\$new\\" \\\\ # 1"`),
      )
      expect(parseEnvFile(await readIn('.env'))['POSTGRES_PASSWORD']).toBe(password)
      const planned = await run('plan')
      expect(planned.out).toMatch(/set\s+database password\s+\.env has another one/)
      await expectWhole(await run('apply'))
      const { Config } = JSON.parse(await docker('inspect', '--format', '{{json .}}', `${NAME}-mlflow-1`))
      expect(Config.Env).toContain(`PGPASSWORD=${password}`)
    },
    LONG,
  )

  it(
    'is not opened with other secrets unless somebody says so, and then keeps what can be read',
    async (context) => {
      need(context, engine, ENGINE)
      const old = await readIn('.env')
      await composeIn(directory, 'down')
      await rm(inStack('.env'))
      await expectRefused(
        ['apply', '--dir', directory],
        /secrets of\s+e2e-volumes-\d+_postgres-data and.*lost.*backup.*--replace .env/s,
      )
      const { POSTGRES_PASSWORD: password } = parseEnvFile(old)
      await expectWhole(await run('apply', '--replace', '.env'))
      expect(await readIn('.env')).not.toContain(password)
    },
    LONG,
  )

  it(
    'keeps to the major version, the role and the name that its volumes were made with',
    async (context) => {
      need(context, engine, ENGINE)
      const spec = await readIn('mlflow-setup.yaml')
      const changes = [
        [/postgres:17/, 'postgres:18', /volume\s+\S+_postgres-data has a database of PostgreSQL 17.*Stay with 17/s],
        [/user: e2e_volumes\w+/, 'user: somebody', /and not\s+\S+\s+of\s+somebody.*Put them back/s],
        [/^name: .*$/m, `name: ${NAME}-new`, /is called e2e-volumes-\d+, and not.*Leave it its name/s],
      ] as const
      for (const [from, to, says] of changes) {
        await writeFile(inStack('mlflow-setup.yaml'), spec.replace(from, to))
        expect(await readIn('mlflow-setup.yaml')).not.toBe(spec)
        await expectRefused(['apply', '--dir', directory], says)
      }
      await writeFile(inStack('mlflow-setup.yaml'), spec)
      expect((await run('plan', '--check')).code).toBe(0)
    },
    LONG,
  )

  it('leaves an edited compose.yaml and a broken override file to whoever wrote them', async (context) => {
    need(context, engine, ENGINE)
    const described = await readIn('compose.yaml')
    await writeFile(inStack('compose.yaml'), described.replace('mem_limit: 256m', 'mem_limit: 300m'))
    await expectRefused(
      ['apply', '--dir', directory],
      /-\s+mem_limit: 300m.*\+\s+mem_limit: 256m.*--replace compose\.yaml/s,
    )
    await writeFile(inStack('compose.yaml'), described)
    await writeFile(inStack('compose.override.yaml'), 'services:\n  nginx:\n    prots: []\n')
    await expectRefused(
      ['apply', '--dir', directory],
      /does not take compose\.override\.yaml, which is yours.*prots/s,
      1,
    )
    await rm(inStack('compose.override.yaml'))
    expect((await run('plan', '--check')).code).toBe(0)
  })

  it(
    "keeps what the user's override file adds",
    async (context) => {
      need(context, engine, ENGINE)
      const port = await freePort()
      const own = { image: 'nginxinc/nginx-unprivileged:1.30', networks: ['front'], ports: [`127.0.0.1:${port}:8080`] }
      // JSON is YAML.
      await writeFile(inStack('compose.override.yaml'), JSON.stringify({ services: { own } }))
      await expectWhole(await run('apply'))
      const { Id } = await inspectService(directory, 'own')
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBeLessThan(500)
      const described = await readIn('compose.yaml')
      await writeFile(inStack('compose.yaml'), described.replace('mem_limit: 256m', 'mem_limit: 300m'))
      await expectWhole(await run('apply', '--replace', 'compose.yaml'))
      expect(await readIn('compose.yaml')).toBe(described)
      expect((await inspectService(directory, 'own')).Id).toBe(Id)
    },
    LONG,
  )

  it('has the volumes in the end that it had in the beginning', async (context) => {
    need(context, engine, ENGINE)
    const volumes = ['mlflow-temporary', 'postgres-data', 'seaweedfs-data'].map((name) => `${NAME}_${name}`)
    expect(await volumesThere()).toEqual(volumes)
    const labels = await docker(
      'volume',
      'inspect',
      '--format',
      '{{index .Labels "mlflow-setup.directory"}}',
      `${NAME}_postgres-data`,
    )
    expect(labels.trim()).toBe(join(sandbox.home, 'first'))
  })
})
