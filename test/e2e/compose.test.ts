// Stacks of containers through the whole program, on a real engine with real PostgreSQL, SeaweedFS, nginx and MLflow.
import { appendFile, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { Secret } from '../../src/secret.ts'
import { composeIn, containerEngine, docker, inspectService, untilHealthy } from '../testbed/containers.ts'
import { mlflowPython } from '../testbed/mlflow-venv.ts'
import { need } from '../testbed/need.ts'
import { outcomes, provePython } from '../testbed/prove.ts'
import { eventually, freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'
import { makeTracker, type Tracker } from '../testbed/tracker.ts'

const ENGINE = 'a Docker engine with the images of a stack'
/** An artifact of this size would not fit into the memory that its containers may use. */
const BIG_BYTES = 2_000_000_000

let sandbox: Sandbox
const engine = await containerEngine()

beforeAll(async () => {
  sandbox = await makeSandbox()
})
afterAll(() => sandbox.remove())

interface Made {
  readonly directory: string
  readonly url: string
  readonly flags: readonly string[]
}

async function stackOf(scenario: 3 | 4 | 5 | 6, more: Readonly<Record<string, string>> = {}): Promise<Made> {
  const directory = join(sandbox.home, `scenario-${scenario}`)
  const scheme = scenario === 3 ? 'http://127.0.0.1' : 'https://localhost'
  const url = `${scheme}:${await freePort()}`
  const answers = {
    scenario,
    target: 'compose',
    dir: directory,
    name: `e2e-compose-${scenario}-${process.pid}`,
    'public-url': url,
  }
  const flags = Object.entries({ ...answers, ...more }).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  return { directory, url, flags }
}

const secretsOf = async ({ directory }: Made) => parseEnvFile(await readFile(join(directory, '.env'), 'utf8'))

describe('scenario 5 in containers', () => {
  let made: Made
  let tracker: Tracker
  const run = (args: readonly string[]) => sandbox.run([...args, '--dir', made.directory])

  it('is set up from nothing by flags, and proven', async (context) => {
    need(context, engine, ENGINE)
    made = await stackOf(5)
    const ran = await sandbox.run(['--yes', ...made.flags])
    expect([ran.code, ran.err]).toEqual([0, expect.not.stringContaining('bug')])
    expect(ran.out).toMatch(/Proven .*steps passed/)
    expect((await stat(join(made.directory, '.env'))).mode & 0o777).toBe(0o600)
    const secrets = await secretsOf(made)
    const long = expect.stringMatching(/^[\w-]{20,}$/)
    expect(secrets).toMatchObject({
      POSTGRES_PASSWORD: long,
      AWS_SECRET_ACCESS_KEY: long,
      MLFLOW_SETUP_ADMIN_PASSWORD: long,
    })
    for (const name of ['POSTGRES_PASSWORD', 'AWS_SECRET_ACCESS_KEY', 'MLFLOW_SETUP_ADMIN_PASSWORD']) {
      expect(ran.out + ran.err).not.toContain(secrets[name])
    }
    tracker = await makeTracker(made.url, {
      user: 'admin',
      password: secrets['MLFLOW_SETUP_ADMIN_PASSWORD'] ?? '',
      ca: await readFile(join(made.directory, 'tls/ca.pem'), 'utf8'),
    })
  })

  it('changes nothing when it is applied again', async (context) => {
    need(context, engine, ENGINE)
    const again = await run(['apply', '--json'])
    const { actions } = JSON.parse(again.out)
    expect([again.code, again.err]).toEqual([0, ''])
    expect(actions.filter(({ effect }: { effect: string }) => effect !== 'unchanged')).toEqual([])
    expect((await run(['plan', '--check'])).code).toBe(0)
  })

  it('gives its containers no more rights than they need', async (context) => {
    need(context, engine, ENGINE)
    // The store's entry point becomes a user of its own.
    const users = { nginx: '101', mlflow: '10001:10001', postgres: 'postgres', 'object-store': '' }
    for (const [service, user] of Object.entries(users)) {
      const { HostConfig, Config } = await inspectService(made.directory, service)
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], Memory: expect.any(Number) })
      expect(HostConfig.Memory, service).toBeGreaterThan(0)
      expect(HostConfig.SecurityOpt).toContain('no-new-privileges:true')
      expect(Object.keys(HostConfig.PortBindings)).toEqual(service === 'nginx' ? ['8443/tcp'] : [])
      expect(Config.User, service).toBe(user)
    }
  })

  it('keeps its secrets out of arguments, labels and layers', async (context) => {
    need(context, engine, ENGINE)
    const ids = (await composeIn(made.directory, 'ps', '--all', '--quiet')).trim().split('\n')
    const described = await Promise.all(
      ids.map((id) =>
        docker(
          'inspect',
          '--format',
          '{{json .Args}}{{json .Config.Cmd}}{{json .Config.Labels}}{{json .Config.Healthcheck}}',
          id,
        ),
      ),
    )
    const image = /image: "?(mlflow-setup\/[^"\s]+)/.exec(
      await readFile(join(made.directory, 'compose.yaml'), 'utf8'),
    )?.[1]
    const history = await docker('history', '--no-trunc', image ?? '')
    const secrets = await secretsOf(made)
    const names = Object.keys(secrets).filter((name) => /PASSWORD|SECRET|_KEY|PASSPHRASE/.test(name))
    expect(names.length).toBeGreaterThan(4)
    for (const name of names) expect(`${described.join('')}${history}`).not.toContain(secrets[name])
  })

  it("is proven by MLflow's own client from outside, which has no keys", async (context) => {
    need(context, engine, ENGINE)
    const secrets = await secretsOf(made)
    const subject = {
      trackingUri: made.url,
      user: 'admin',
      password: new Secret(secrets['MLFLOW_SETUP_ADMIN_PASSWORD'] ?? ''),
      ca: await readFile(join(made.directory, 'tls/ca.pem'), 'utf8'),
    }
    const python = await mlflowPython(PINNED_MLFLOW_VERSION)
    const results = await provePython(subject, { python, env: {}, secrets: {}, withoutHome: true })
    expect(Object.values(outcomes(results)).filter((outcome) => outcome !== 'passed')).toEqual([])
  })

  it('comes back when a container is killed', async (context) => {
    need(context, engine, ENGINE)
    const { State } = await inspectService(made.directory, 'mlflow')
    process.kill(State.Pid, 'SIGKILL')
    await eventually(
      async () => (await inspectService(made.directory, 'mlflow')).RestartCount,
      (count) => count === 1,
    )
    await untilHealthy(made.directory, 'mlflow')
    expect((await run(['status'])).code).toBe(0)
  })

  it('loses no write that it accepted while its database is away', async (context) => {
    need(context, engine, ENGINE)
    const runId = await tracker.startRun('database away')
    const load = tracker.logUntilStopped(runId)
    await eventually(
      async () => load.accepted(),
      (count) => count > 20,
    )
    await composeIn(made.directory, 'stop', 'postgres')
    const before = load.accepted()
    await eventually(
      async () => load.refused(),
      (count) => count > 2,
    )
    await composeIn(made.directory, 'start', 'postgres')
    await eventually(
      async () => load.accepted(),
      (count) => count > before + 20,
    )
    await load.stop()
    // A write whose answer was lost on the way may be there too.
    const stored = await tracker.metricSteps(runId)
    expect(load.steps().filter((step) => !stored.has(step))).toEqual([])
  })

  it('takes an artifact that is larger than its memory, both ways', async (context) => {
    need(context, engine, ENGINE)
    const runId = await tracker.startRun('big artifact')
    const digest = await tracker.upload(runId, 'big.bin', BIG_BYTES)
    expect(await tracker.download(runId, 'big.bin')).toEqual({ bytes: BIG_BYTES, digest })
    for (const service of ['nginx', 'mlflow', 'object-store']) {
      const { State, RestartCount } = await inspectService(made.directory, service)
      expect([service, State.OOMKilled, RestartCount <= 1]).toEqual([service, false, true])
    }
  })

  it('changes only what an answer changes', async (context) => {
    need(context, engine, ENGINE)
    const ids = async () =>
      Promise.all(
        ['postgres', 'object-store', 'mlflow'].map(async (name) => (await inspectService(made.directory, name)).Id),
      )
    const [postgres, store, mlflow] = await ids()
    await appendFile(join(made.directory, 'mlflow-setup.yaml'), 'environment: { MLFLOW_LOGGING_LEVEL: WARNING }\n')
    const changed = await run(['apply'])
    expect([changed.code, changed.err]).toEqual([0, expect.not.stringContaining('bug')])
    expect(await ids()).toEqual([postgres, store, expect.not.stringMatching(mlflow ?? 'none')])
    expect((await run(['plan', '--check'])).code).toBe(0)
  })

  it('keeps everything through `docker compose down` and `up` by hand', async (context) => {
    need(context, engine, ENGINE)
    const runs = await tracker.countRuns()
    expect(runs).toBeGreaterThanOrEqual(2)
    await composeIn(made.directory, 'down')
    await composeIn(made.directory, 'up', '--detach', '--wait', '--quiet-pull', 'nginx')
    expect(await tracker.countRuns()).toBe(runs)
    expect((await run(['plan', '--check'])).code).toBe(0)
  })

  it('is stopped, and started again', async (context) => {
    need(context, engine, ENGINE)
    expect((await run(['stop'])).code).toBe(0)
    expect((await run(['status'])).code).toBe(1)
    expect((await run(['start'])).code).toBe(0)
    expect(JSON.parse((await run(['status', '--json'])).out)).toMatchObject({ healthy: true })
  })
})

describe.each([3, 4, 6] as const)('scenario %i in containers', (scenario) => {
  it('is set up from nothing, proven, and has nothing to change then', async (context) => {
    need(context, engine, ENGINE)
    const shop = scenario === 4 ? { 's3-public-endpoint': `https://localhost:${await freePort()}` } : {}
    const { directory, flags } = await stackOf(scenario, shop)
    const ran = await sandbox.run(['--yes', ...flags])
    expect([ran.code, ran.err]).toEqual([0, expect.not.stringContaining('bug')])
    expect(ran.out).toMatch(/Proven .*steps passed/)
    expect((await sandbox.run(['plan', '--check', '--dir', directory])).code).toBe(0)
    // Two cores are not enough for all of them at once.
    await composeIn(directory, 'down', '--volumes', '--timeout', '1')
  })
})
