import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest'
import type { ActionPorts } from '../../src/actions/action-kind.ts'
import { createDatabase } from '../../src/actions/create-database.ts'
import { initialiseSchema } from '../../src/actions/initialise-schema.ts'
import { readRevisions } from '../../src/actions/postgres/schema-revisions.ts'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import { Secret } from '../../src/secret.ts'
import type { InitialiseSchemaInput } from '../../src/targets/action.ts'
import { mlflowPython } from '../testbed/mlflow-venv.ts'
import { need } from '../testbed/need.ts'
import { postgresPrograms, startPostgres, type PostgresServerUnderTest } from '../testbed/postgres-server.ts'
import { realPorts } from '../testbed/services.ts'

const run = promisify(execFile)
const { signal } = new AbortController()
/** In single quotes in an environment file it stays as it is. */
const PASSWORD = `odd "pass\\word" %s $HOME #`

let found: PostgresServerUnderTest | undefined
let python = ''
let directory = ''

beforeAll(async () => {
  if ((await postgresPrograms(15)) !== undefined) found = await startPostgres({ major: 15 })
  python = await mlflowPython(PINNED_MLFLOW_VERSION)
  directory = await mkdtemp(join(tmpdir(), 'mlflow-setup-schema-'))
})
afterAll(async () => {
  await found?.stop()
  await rm(directory, { recursive: true, force: true })
})

/** A new database, and what makes its tables. */
async function prepare(context: TestContext, database: string) {
  const postgres = need(context, found, 'PostgreSQL 15')
  const admin = `postgresql://postgres:${postgres.password.reveal()}@127.0.0.1:${postgres.port}/postgres`
  const secrets = { PGPASSWORD: new Secret(PASSWORD), MLFLOW_SETUP_POSTGRES_ADMIN_URL: new Secret(admin) }
  const ports: ActionPorts = { ...realPorts(), secrets }
  const server = { host: '127.0.0.1', port: postgres.port, sslMode: 'prefer' } as const
  const login = { server, user: database, managed: false, mlflowVersion: PINNED_MLFLOW_VERSION }
  const wanted = { ...login, databases: [database], admin: { kind: 'url' }, connections: 43 } as const
  const environmentFile = join(directory, `${database}.env`)
  const lines = {
    PGHOST: server.host,
    PGPORT: server.port,
    PGUSER: database,
    PGDATABASE: database,
    PGPASSWORD: `'${PASSWORD}'`,
    MLFLOW_BACKEND_STORE_URI: 'postgresql+psycopg2://',
  }
  const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(environmentFile, text.join(''))
  const input: InitialiseSchemaInput = { ...login, python, directory, environmentFile, database }
  return { postgres, input, ports, makeDatabase: () => createDatabase.apply(wanted, ports, () => {}, signal) }
}

it('makes the tables once, in a database that comes later than the plan', async (context) => {
  const { postgres, input, ports, makeDatabase } = await prepare(context, 'fresh')
  expect(await initialiseSchema.inspect(input, ports, signal)).toEqual({ effect: 'create', why: 'no database yet' })
  await makeDatabase()
  expect(await initialiseSchema.inspect(input, ports, signal)).toEqual({ effect: 'create', why: 'no tables yet' })
  // Stopped in the middle, then once more.
  const stop = new AbortController()
  const stopIn = (text: string) => (text === 'creating tables' ? stop.abort(new Error('stopped')) : undefined)
  await expect(initialiseSchema.apply(input, ports, stopIn, stop.signal)).rejects.toThrow('stopped')
  const said: string[] = []
  await initialiseSchema.apply(input, ports, (line) => said.push(line), signal)
  expect(said).toContain('creating tables')
  expect(await initialiseSchema.inspect(input, ports, signal)).toEqual({ effect: 'unchanged', why: 'there' })
  const revision = await postgres.query('select version_num from alembic_version', 'fresh')
  expect(revision).toEqual([{ version_num: 'dc11669786a5' }])
  expect(await postgres.query(`select count(*) as n from experiments`, 'fresh')).toEqual([{ n: '0' }])
  // Its tables are its own: the database is still taken for MLflow's.
  await makeDatabase()
})

it('never brings older tables up to date, and names newer ones', async (context) => {
  const { postgres, input, ports, makeDatabase } = await prepare(context, 'aged')
  await makeDatabase()
  await postgres.query(
    `set role aged; create table experiments (id int); create table runs (id int); create table metrics (id int);
    create table alembic_version (version_num varchar(32)); insert into alembic_version values ('0c779009ac13')`,
    'aged',
  )
  const message = `An older MLflow than 3.17.2 made the tables in the database "aged" of PostgreSQL at 127.0.0.1:${postgres.port}.`
  await expect(initialiseSchema.inspect(input, ports, signal)).rejects.toMatchObject({ code: 'schema.older', message })
  await expect(initialiseSchema.apply(input, ports, () => {}, signal)).rejects.toMatchObject({ code: 'schema.older' })
  await postgres.query(`update alembic_version set version_num = 'f4a9b2c7d1e6'`, 'aged')
  await expect(initialiseSchema.inspect(input, ports, signal)).rejects.toMatchObject({ code: 'schema.newer' })
})

it('says what MLflow says when it fails', async (context) => {
  const { input, ports, makeDatabase } = await prepare(context, 'broken')
  await makeDatabase()
  await writeFile(input.environmentFile, 'MLFLOW_BACKEND_STORE_URI=postgresql+psycopg2://nobody@127.0.0.1:1/none\n')
  const failing = initialiseSchema.apply(input, ports, () => {}, signal)
  await expect(failing).rejects.toMatchObject({
    code: 'schema.not-initialised',
    because: 'The database does not answer.',
  })
})

it('knows the revisions of the pinned version as its package has them', async () => {
  const program = `
import os, mlflow.store
from alembic.script import ScriptDirectory
print(*[r.revision for r in ScriptDirectory(os.path.join(os.path.dirname(mlflow.store.__file__), 'db_migrations')).walk_revisions()])`
  const { stdout } = await run(python, ['-c', program])
  const [head, ...older] = stdout.trim().split(' ')
  const ports = realPorts()
  const pinned = await readRevisions(python, PINNED_MLFLOW_VERSION, ports)
  expect(pinned).toEqual({ head, known: new Set([head, ...older]) })
  // The same from the files of an installed package, which other versions need.
  const files = { ...ports.files, stat: () => ports.files.stat(python) }
  expect(await readRevisions(python, '3.99.0', { ...ports, files })).toEqual(pinned)
  expect(await readRevisions(python, '3.99.0', ports)).toBeUndefined()
})
