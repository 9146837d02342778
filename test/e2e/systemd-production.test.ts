// A fresh Debian with systemd and a bucket: scenarios 5 and 6 by the whole program as root, which installs what is missing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InsideOptions } from '../testbed/container.ts'
import { need } from '../testbed/need.ts'
import { eventually } from '../testbed/sandbox.ts'
import { STORAGE_KEYS, storageProgram } from '../testbed/storage-server.ts'
import { addUser, startSystemd, systemdImage, type SystemdContainer } from '../testbed/systemd-container.ts'

const NEEDED = 'a Docker engine with the image mlflow-setup-testbed/systemd, and versitygw'
/** Packages come from the mirror, and servers compile themselves, beside other tests. */
const LIMITS = { timeout: 600_000 }
/** As the program itself waits for a start. */
const START_LIMIT_MS = 240_000
const PORT = 7070
/** The store is there after a boot, too. */
const STORE = `
mkdir -p /var/lib/store/data /var/lib/store/iam
cat > /etc/systemd/system/store.service <<'UNIT'
[Service]
Environment=ROOT_ACCESS_KEY=${STORAGE_KEYS.id} ROOT_SECRET_KEY=${STORAGE_KEYS.secret}
ExecStart=/usr/local/bin/versitygw --port=127.0.0.1:${PORT} --iam-dir=/var/lib/store/iam posix /var/lib/store/data
[Install]
WantedBy=multi-user.target
UNIT
systemctl enable --now store
`

interface Case {
  readonly scenario: 5 | 6
  readonly name: string
  readonly url: string
  /** In the order in which they start. */
  readonly services: readonly string[]
}

const CASES: readonly Case[] = [
  { scenario: 5, name: 'team', url: 'https://localhost', services: ['postgresql', 'mlflow', 'nginx'] },
  {
    scenario: 6,
    name: 'lab',
    url: 'https://localhost:8443/lab',
    services: ['postgresql', 'mlflow', 'artifacts', 'nginx'],
  },
]

type Setting = Readonly<Record<string, string>>

const directoryOf = ({ name }: Case) => `/srv/${name}`
const unitOf = ({ name }: Case, service: string) => `mlflow-setup-${name}-${service}.service`
const unitsOf = (one: Case) => one.services.map((service) => unitOf(one, service))

let machine: SystemdContainer | undefined

beforeAll(async () => {
  const [image, store] = [await systemdImage(), storageProgram('versitygw')]
  if (image === undefined || store === undefined) return
  machine = await startSystemd(image, ['-v', `${store}:/usr/local/bin/versitygw:ro`])
  await machine.exec(['sh', '-c', STORE])
})
afterAll(() => machine?.remove())

/** Everything on this machine, behind its own nginx, with a bucket in the store. */
async function setUp(
  { program }: SystemdContainer,
  one: Omit<Case, 'services'>,
  more: Setting,
  who: InsideOptions = {},
) {
  const answers = {
    scenario: one.scenario,
    name: one.name,
    'public-url': one.url,
    'backend-store': 'postgres',
    'artifact-store': 's3',
    's3-endpoint': `http://127.0.0.1:${PORT}`,
    's3-bucket': one.name,
    'test-client': one.scenario === 5 ? 'rest' : 'python',
    ...more,
  }
  const flags = Object.entries(answers).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  const keys = { AWS_ACCESS_KEY_ID: STORAGE_KEYS.id, AWS_SECRET_ACCESS_KEY: STORAGE_KEYS.secret }
  return program(['--yes', ...flags], { ...who, env: { ...keys, ...who.env } })
}

/** What systemd knows of each unit. */
function inspectUnits({ exec }: SystemdContainer, one: Case): Promise<readonly Readonly<Record<string, string>>[]> {
  return Promise.all(
    unitsOf(one).map(async (unit) => {
      const lines = (await exec(['systemctl', 'show', unit])).trim().split('\n')
      return Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      )
    }),
  )
}

function eventuallyHealthy({ program }: SystemdContainer, one: Case) {
  return eventually(
    () => program(['status', '--dir', directoryOf(one)]),
    ({ code }) => code === 0,
    START_LIMIT_MS,
  )
}

describe.each(CASES)('scenario $scenario at $url under systemd', LIMITS, (one) => {
  it('is set up from nothing, and proven', async (context) => {
    const fresh = need(context, machine, NEEDED)
    const settings = { dir: directoryOf(one), service: 'systemd', 'install-packages': 'yes' }
    const { code, out } = await setUp(fresh, one, settings)
    expect([code, out]).toEqual([0, expect.stringMatching(/Proven by .* steps passed/)])
    const planned = await fresh.program(['plan', '--check', '--dir', directoryOf(one)])
    expect([planned.code, planned.out]).toEqual([0, expect.anything()])
  })

  it('has a unit for each service, of a user of its own and within limits', async (context) => {
    const units = await inspectUnits(need(context, machine, NEEDED), one)
    const common = {
      ActiveState: 'active',
      UnitFileState: 'enabled',
      NRestarts: '0',
      Restart: 'always',
      LimitNOFILE: '65536',
      TasksMax: '4096',
    }
    // What PostgreSQL and nginx use is in their settings; MLflow takes what it can get.
    const server = { User: 'mlflow', MemoryMax: expect.stringMatching(/^\d+$/) }
    const own: Readonly<Record<string, object>> = {
      postgresql: { User: 'postgres', MemoryMax: 'infinity' },
      mlflow: server,
      artifacts: server,
      nginx: { User: 'mlflow', MemoryMax: 'infinity' },
    }
    expect(units).toMatchObject(one.services.map((service) => ({ ...common, ...own[service] })))
  })

  it('keeps each service in a sandbox that systemd itself thinks well of', async (context) => {
    const { run } = need(context, machine, NEEDED)
    for (const unit of unitsOf(one)) {
      expect(await run(['systemd-analyze', 'verify', `/etc/systemd/system/${unit}`])).toEqual({ code: 0, out: '' })
      const { out } = await run(['systemd-analyze', 'security', '--no-pager', unit])
      expect(Number(/Overall exposure level for \S+: ([\d.]+) /.exec(out)?.[1])).toBeLessThan(3)
    }
  })

  it('has every service back that was killed', async (context) => {
    const killed = need(context, machine, NEEDED)
    await killed.exec(['systemctl', 'kill', '--kill-whom=main', '--signal=SIGKILL', ...unitsOf(one)])
    await eventually(
      () => inspectUnits(killed, one),
      (units) => units.every(({ NRestarts, ActiveState }) => Number(NRestarts) > 0 && ActiveState === 'active'),
    )
    expect(await eventuallyHealthy(killed, one)).toMatchObject({ code: 0 })
  })
})

describe('after a boot', LIMITS, () => {
  it('everything is there again, each service after those that it asks', async (context) => {
    const booted = need(context, machine, NEEDED)
    await booted.reboot()
    for (const one of CASES) {
      const units = await inspectUnits(booted, one)
      expect(units.map(({ ActiveState }) => ActiveState)).toEqual(one.services.map(() => 'active'))
      const moment = (service: string, name: string) => Number(units[one.services.indexOf(service)]?.[name])
      const started = (service: string) => moment(service, 'ExecMainStartTimestampMonotonic')
      const active = (service: string) => moment(service, 'ActiveEnterTimestampMonotonic')
      expect(started('mlflow')).toBeGreaterThan(active('postgresql'))
      expect(started('nginx')).toBeGreaterThan(active('mlflow'))
      await eventuallyHealthy(booted, one)
      const proven = await booted.program(['test', '--test-client', 'rest', '--dir', directoryOf(one)])
      expect([proven.code, proven.out]).toEqual([0, expect.stringContaining('steps passed')])
    }
  })

  it('each is stopped in whole, and started again', async (context) => {
    const { program, run } = need(context, machine, NEEDED)
    for (const one of CASES) {
      expect((await program(['stop', '--dir', directoryOf(one)])).code).toBe(0)
      const states = (await run(['systemctl', 'is-active', ...unitsOf(one)])).out.trim().split('\n')
      expect(states).toEqual(one.services.map(() => 'inactive'))
      expect((await program(['start', '--dir', directoryOf(one)])).code).toBe(0)
      expect((await program(['status', '--dir', directoryOf(one)])).code).toBe(0)
    }
  })
})

describe('a user without root', LIMITS, () => {
  it('gets the same under their own systemd, with a cluster and an nginx of their own', async (context) => {
    const there = need(context, machine, NEEDED)
    const ada = await addUser(there, 'ada')
    const one = { scenario: 5, name: 'own', url: 'https://localhost:9443' } as const
    const { code, out } = await setUp(there, one, { service: 'systemd-user' }, ada)
    expect([code, out]).toEqual([0, expect.stringMatching(/Proven by .* steps passed/)])
    const units = ['postgresql', 'mlflow', 'nginx'].map((service) => `mlflow-setup-own-${service}.service`)
    const states = await there.run(['systemctl', '--user', 'is-active', ...units], ada)
    expect(states.out.trim().split('\n')).toEqual(units.map(() => 'active'))
    expect((await there.run(['ps', '-o', 'user=', '-C', 'postgres,nginx'])).out).toContain('ada')
    expect((await there.program(['plan', '--check'], ada)).code).toBe(0)
    expect((await there.program(['stop'], ada)).code).toBe(0)
  })
})
