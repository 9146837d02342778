import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { applyAction, inspectAction } from '../../src/actions/action-table.ts'
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import { createCluster } from '../../src/actions/create-cluster.ts'
import { makeBackgroundSupervisor } from '../../src/actions/supervisors/background.ts'
import { buildPlan, changesOf } from '../../src/plan/build-plan.ts'
import { Secret } from '../../src/secret.ts'
import type { Stack } from '../../src/stack/spec.ts'
import { buildAction } from '../../src/targets/build-action.ts'
import { buildPostgresPart, postgresVariables } from '../../src/targets/native/postgres.ts'
import type { Action, CreateClusterInput } from '../../src/targets/action.ts'
import { fakeStack } from '../fakes/stack.ts'
import { need } from '../testbed/need.ts'
import { postgresPrograms } from '../testbed/postgres-server.ts'
import { realPorts } from '../testbed/services.ts'

const { signal } = new AbortController()
const asRoot = process.getuid?.() === 0
let directory = ''

beforeEach(async () => {
  directory = join(await realpath(await mkdtemp(join(tmpdir(), 'ms-'))), `odd 'one', "two" ü`)
  await mkdir(join(directory, 'logs'), { recursive: true })
  await chmod(join(directory, '..'), 0o755)
  await chmod(join(directory, 'logs'), 0o755)
})
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }))

function stackOf(programs: string, workers = 2): Stack {
  const backendStore = { kind: 'postgres', managed: true, database: 'my runs', user: 'mlflow', programs } as const
  return fakeStack(5, { backendStore, workers, ...(asRoot ? { runAs: 'nobody' } : {}) }, directory)
}

/** The part up to the database; the tables have a test of their own. */
function actionsOf(stack: Stack): readonly Action[] {
  const about = (name: string) => ({ name, title: name, detail: '', needs: [] })
  const there = buildAction('make-directories', about('there'), { paths: [directory], mode: 0o700 })
  const foundation = { folders: there.id, environment: there.id, packages: there.id }
  const part = buildPostgresPart(stack, foundation)
  return [there, ...(part?.actions ?? []).filter(({ kind }) => kind !== 'initialise-schema')]
}

const plan = (stack: Stack, ports: ActionPorts) =>
  buildPlan(directory, actionsOf(stack), (action) => inspectAction(action, ports, signal))

async function applyAll(stack: Stack, ports: ActionPorts): Promise<readonly string[]> {
  const changes = changesOf(await plan(stack, ports))
  for (const { action } of changes) await applyAction(action, ports, () => {}, signal)
  return changes.map(({ action, why }) => `${action.kind}: ${why}`)
}

async function stop(stack: Stack, ports: ActionPorts): Promise<void> {
  for (const action of actionsOf(stack))
    if (action.kind === 'run-services') await makeBackgroundSupervisor(action.input, ports).stop(signal)
}

it('makes a cluster, runs it, and lets MLflow in by password and nobody else', async (context) => {
  const programs = need(context, await postgresPrograms(15), 'PostgreSQL 15')
  const stack = stackOf(programs)
  const ports: ActionPorts = { ...realPorts(), secrets: { PGPASSWORD: new Secret('first password') } }
  try {
    expect(await applyAll(stack, ports)).toHaveLength(7)
    expect(await applyAll(stack, ports)).toEqual([])
    const { PGHOST = '', PGPORT, PGUSER = '', PGDATABASE = '' } = postgresVariables(stack)
    const login = {
      host: PGHOST,
      port: Number(PGPORT),
      sslMode: 'disable',
      user: PGUSER,
      database: PGDATABASE,
    } as const
    const options = { timeoutMs: 5000, signal }
    const session = await ports.databases.connect({ ...login, password: new Secret('first password') }, options)
    const facts = `select current_setting('max_connections') as connections, current_setting('listen_addresses') as tcp,
      current_setting('data_checksums') as checksums, 'Ü' ilike 'ü' as letters`
    // 2 × 41 + 2 that MLflow may open, and 33 to spare.
    expect(await session.query(facts)).toEqual([{ connections: '117', tcp: '', checksums: 'on', letters: 't' }])
    await session.end()
    const wrong = ports.databases.connect({ ...login, password: new Secret('wrong') }, options)
    await expect(wrong).rejects.toMatchObject({ code: 'database.wrong-password' })
    // Only root can be somebody else; others ask for a role that is not theirs.
    const other = asRoot ? { user: 'postgres', as: { uid: 65_534, gid: 65_534 } } : { user: 'stranger' }
    const stranger = ports.databases.connect({ ...login, ...other }, options)
    await expect(stranger).rejects.toMatchObject({ code: 'database.other-identity' })
    // Whoever lost .env gets a new password, and the cluster is the stack's own.
    const anew: ActionPorts = { ...ports, secrets: { PGPASSWORD: new Secret('second password') } }
    expect(await applyAll(stack, anew)).toEqual(['create-database: the password of mlflow changes'])
    expect(await applyAll(stack, anew)).toEqual([])
    // Another size: the server starts again with it.
    const changes = await applyAll(stackOf(programs, 3), anew)
    expect(changes).toEqual(['write-file: content changes', 'run-services: postgresql.conf changes'])
  } finally {
    await stop(stack, ports)
  }
})

/** A cluster in the stack directory. */
function clusterOf(programs: string): CreateClusterInput {
  const socketFolder = join(directory, 'run')
  return {
    programs,
    directory: join(directory, 'data'),
    superuser: 'postgres',
    socketFolder,
    ...(asRoot ? { owner: 'postgres' } : {}),
  }
}

it('begins again where a cluster was left half made', async (context) => {
  const input = clusterOf(need(context, await postgresPrograms(15), 'PostgreSQL 15'))
  const ports = realPorts()
  const half = new AbortController()
  const killed = createCluster.apply(
    input,
    {
      ...ports,
      commands: {
        ...ports.commands,
        run: async (command, options) => {
          const running = ports.commands.run(command, options)
          setTimeout(() => half.abort(new Error('killed')), 150)
          return running
        },
      },
    },
    () => {},
    half.signal,
  )
  await expect(killed).rejects.toThrow('killed')
  expect(await createCluster.inspect(input, ports, signal)).toEqual({ effect: 'create', why: 'not there yet' })
  await createCluster.apply(input, ports, () => {}, signal)
  expect(await createCluster.inspect(input, ports, signal)).toEqual({ effect: 'unchanged', why: 'of PostgreSQL 15' })
  expect((await readdir(directory)).toSorted()).toEqual(['data', 'logs'])
})

it('touches no other data', async (context) => {
  const input = clusterOf(need(context, await postgresPrograms(15), 'PostgreSQL 15'))
  const look = (changes: Partial<CreateClusterInput> = {}) =>
    createCluster.inspect({ ...input, ...changes }, realPorts(), signal)
  await mkdir(input.directory)
  expect(await look()).toMatchObject({ effect: 'create' })
  await writeFile(join(input.directory, 'letters.txt'), '')
  await expect(look()).rejects.toMatchObject({ code: 'cluster.other-files' })
  await writeFile(join(input.directory, 'PG_VERSION'), '14\n')
  await expect(look()).rejects.toMatchObject({ code: 'cluster.other-major' })
  await expect(look({ programs: '/nowhere' })).rejects.toMatchObject({ code: 'cluster.no-programs' })
  const because = `The socket ${directory}/${'x'.repeat(90)}/.s.PGSQL.5432 would be`
  await expect(look({ socketFolder: join(directory, 'x'.repeat(90)) })).rejects.toMatchObject({
    code: 'cluster.long-path',
    because: expect.stringContaining(because),
  })
})
