// Each production scenario through the whole program, on real PostgreSQL, S3 servers and nginx.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/formats/env-file.ts'
import { need } from '../testbed/need.ts'
import { postgresPrograms, startPostgres, type PostgresServerUnderTest } from '../testbed/postgres-server.ts'
import { openSandbox, productionStack, type ProductionStack } from '../testbed/production.ts'
import { freePort, makeSandbox, type Sandbox } from '../testbed/sandbox.ts'
import { startStorage, storageProgram, type StorageName, type StorageServer } from '../testbed/storage-server.ts'

let sandbox: Sandbox
const started: { stop(): Promise<void> }[] = []

beforeAll(async () => {
  sandbox = await makeSandbox()
  await openSandbox(sandbox)
})
afterAll(async () => {
  await sandbox.remove()
  await Promise.all(started.map((server) => server.stop()))
})

interface Case {
  readonly scenario: 4 | 5 | 6
  readonly storage: StorageName
  readonly major: 15 | 17 | 18
}

const CASES: readonly Case[] = [
  { scenario: 4, storage: 'minio', major: 15 },
  { scenario: 5, storage: 'versitygw', major: 17 },
  { scenario: 6, storage: 'weed', major: 18 },
]

async function keep<T extends { stop(): Promise<void> }>(server: Promise<T>): Promise<T> {
  const running = await server
  started.push(running)
  return running
}

const changesIn = (out: string): unknown[] =>
  JSON.parse(out).actions.filter(({ effect }: { effect: string }) => effect !== 'unchanged')

describe.each(CASES)('scenario $scenario on PostgreSQL $major and $storage', ({ scenario, storage: name, major }) => {
  let postgres: PostgresServerUnderTest
  let storage: StorageServer
  let stack: ProductionStack | undefined
  const run = (args: readonly string[]) => sandbox.run([...args, '--dir', stack?.directory ?? 'none'])

  beforeAll(async () => {
    if ((await postgresPrograms(major)) === undefined || storageProgram(name) === undefined) return
    postgres = await keep(startPostgres({ major }))
    storage = await keep(startStorage(name))
    stack = await productionStack(sandbox, scenario, { postgres, storage, name: `team-${scenario}` })
  })

  it('is set up from nothing by flags, and proven with the Python client too', async (context) => {
    const { url, flags, options, directory } = need(context, stack, `PostgreSQL ${major} and ${name}`)
    // As a hardened system has it: what the services' user needs must be open to it all the same.
    const mask = process.umask(0o077)
    const made = await sandbox.run(['--yes', ...flags, '--test-client', 'all'], options)
    process.umask(mask)
    expect([made.code, made.err]).toEqual([0, expect.not.stringContaining('bug')])
    expect(made.out).toContain(url)
    expect(made.out).toMatch(/Proven .*steps passed/)
    const spec = parse(await readFile(join(directory, 'mlflow-setup.yaml'), 'utf8'))
    expect(spec).toMatchObject({ scenario, backendStore: { kind: 'postgres' }, artifactStore: { kind: 's3' } })
    const secrets = parseEnvFile(await readFile(join(directory, '.env'), 'utf8'))
    expect((await stat(join(directory, '.env'))).mode & 0o777).toBe(0o600)
    const made128Bits = expect.stringMatching(/^[\w-]{22,}$/)
    expect(secrets).toMatchObject({
      PGPASSWORD: made128Bits,
      MLFLOW_SETUP_ADMIN_PASSWORD: made128Bits,
      AWS_SECRET_ACCESS_KEY: storage.keys.secret,
    })
    for (const secret of ['PGPASSWORD', 'MLFLOW_SETUP_ADMIN_PASSWORD', 'AWS_SECRET_ACCESS_KEY']) {
      expect(made.out + made.err).not.toContain(secrets[secret])
    }
  })

  it('changes nothing when it is applied again', async () => {
    const again = await run(['apply', '--json'])
    expect([again.code, again.err]).toEqual([0, ''])
    expect(changesIn(again.out)).toEqual([])
    expect((await run(['plan', '--check'])).code).toBe(0)
  })

  it('is stopped, started and healthy again', async () => {
    expect((await run(['stop'])).code).toBe(0)
    expect((await run(['status'])).code).toBe(1)
    expect((await run(['start'])).code).toBe(0)
    const status = await run(['status', '--json'])
    const parts = ['database', 'bucket', 'certificate', 'users'].map((kind) => ({ kind, healthy: true }))
    expect(JSON.parse(status.out)).toMatchObject({ healthy: true, parts })
  })

  it('keeps its runs when it moves to another public address', async () => {
    const before = await postgres.query('select count(*)::text from experiments', `team_${scenario}`)
    const url = `https://localhost:${await freePort()}`
    const moved = await run(['--yes', '--public-url', url, '--test-client', 'rest'])
    expect([moved.code, moved.err]).toEqual([0, expect.not.stringContaining('bug')])
    expect(moved.out).toContain(url)
    const after = await postgres.query('select count(*)::text from experiments', `team_${scenario}`)
    expect(Number(after[0]?.['count'])).toBeGreaterThanOrEqual(Number(before[0]?.['count']))
    expect((await run(['plan', '--check'])).code).toBe(0)
  })
})
