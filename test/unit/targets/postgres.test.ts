import { expect, it } from 'vitest'
import type { ExistingPostgres, ManagedPostgres, StackSpec } from '../../../src/stack/spec.ts'
import { buildPostgresPart, postgresServices, postgresVariables } from '../../../src/targets/native/postgres.ts'
import { fakeStack } from '../../fakes/stack.ts'

const foundation = { folders: 'folders', environment: 'environment', packages: 'packages' }
const existing: ExistingPostgres = {
  kind: 'postgres',
  managed: false,
  host: 'db.example',
  port: 5433,
  database: 'runs',
  user: 'mlflow',
  sslMode: 'verify-full',
  caFile: undefined,
  admin: 'url',
}
const managed: ManagedPostgres = {
  kind: 'postgres',
  managed: true,
  database: 'runs',
  user: 'mlflow',
  programs: '/pg/bin',
}
const stackOf = (changes: Partial<StackSpec>) => fakeStack(5, { workers: 2, ...changes })
const idsOf = (changes: Partial<StackSpec>) =>
  buildPostgresPart(stackOf(changes), foundation)?.actions.map(({ id, needs }) => `${id} after ${needs.join(', ')}`)

it('is no part of a stack on SQLite', () => {
  expect(buildPostgresPart(fakeStack(), foundation)).toBeUndefined()
  expect([postgresVariables(fakeStack()), postgresServices(fakeStack())]).toEqual([{}, []])
})

it('makes database and tables on a server that was there', () => {
  expect(idsOf({ backendStore: existing })).toEqual([
    'create-database:runs after environment',
    'initialise-schema:runs after create-database:runs, packages, environment',
  ])
  const part = buildPostgresPart(
    stackOf({ backendStore: existing, auth: { kind: 'basic-auth', adminUser: 'ada' } }),
    foundation,
  )
  expect(part?.ready).toEqual(['initialise-schema:runs'])
  // Two workers: 41 for runs and 41 for users each, and 2 above them.
  expect(part?.actions[0]?.input).toMatchObject({ databases: ['runs', 'runs_auth'], connections: 166, managed: false })
})

it('brings up a cluster before', () => {
  expect(idsOf({ backendStore: managed })).toEqual([
    'make-directories:/home/ada/mlflow/postgresql after folders',
    'make-directories:/home/ada/mlflow/postgresql/run after make-directories:/home/ada/mlflow/postgresql',
    'write-file:/home/ada/mlflow/postgresql/postgresql.conf after make-directories:/home/ada/mlflow/postgresql',
    'write-file:/home/ada/mlflow/postgresql/pg_hba.conf after make-directories:/home/ada/mlflow/postgresql',
    'create-cluster:/home/ada/mlflow/postgresql/data after make-directories:/home/ada/mlflow/postgresql',
    expect.stringMatching(/^run-services:postgresql after .*create-cluster/),
    'create-database:runs after environment, run-services:postgresql',
    'initialise-schema:runs after create-database:runs, packages, environment',
  ])
})

it('runs as postgres where root sets it up, else as whoever does', () => {
  const users = (runAs: string | undefined) =>
    postgresServices(stackOf({ backendStore: managed, runAs })).map(({ user }) => user)
  expect([users('mlflow'), users(undefined)]).toEqual([['postgres'], [undefined]])
})

it('tells libpq where to go, and which roots to trust', () => {
  const variables = (changes: Partial<ExistingPostgres>) =>
    postgresVariables(stackOf({ backendStore: { ...existing, ...changes } }))
  expect(variables({})).toEqual({
    PGHOST: 'db.example',
    PGPORT: '5433',
    PGDATABASE: 'runs',
    PGUSER: 'mlflow',
    PGSSLMODE: 'verify-full',
  })
  expect(variables({ caFile: '/ca.pem' })).toMatchObject({ PGSSLROOTCERT: '/ca.pem' })
  const own = postgresVariables(stackOf({ backendStore: managed }))
  expect(own).toMatchObject({ PGHOST: '/home/ada/mlflow/postgresql/run', PGSSLMODE: 'disable' })
})
