import { describe, expect, it } from 'vitest'
import type { BackendStore, StackSpec } from '../../../src/stack/spec.ts'
import { buildLoginPart, serverLogin } from '../../../src/targets/native/login.ts'
import { fakeStack } from '../../fakes/stack.ts'

const foundation = {
  folders: 'make-directories:folders',
  environment: 'write-file:.env',
  packages: 'install-packages:x',
}

function partOf(changes: Partial<StackSpec>) {
  return buildLoginPart(fakeStack(5, { auth: { kind: 'basic-auth', adminUser: 'ada' }, ...changes }), foundation)
}

const postgres: BackendStore = {
  kind: 'postgres',
  managed: false,
  host: 'db',
  port: 5432,
  database: 'mlflow',
  user: 'mlflow',
  sslMode: 'prefer',
  caFile: undefined,
  admin: 'none',
}

describe("MLflow's own login", () => {
  it.each<[string, BackendStore, string]>([
    ['SQLite', { kind: 'sqlite', path: 'data/mlflow.db' }, 'sqlite:///data/basic_auth.db'],
    ['SQLite elsewhere', { kind: 'sqlite', path: '/srv/a/mlflow.db' }, 'sqlite:////srv/a/basic_auth.db'],
    ['PostgreSQL', postgres, 'postgresql+psycopg2:///mlflow_auth'],
    ['an odd name', { ...postgres, database: 'a?b c' }, 'postgresql+psycopg2:///?dbname=a%3Fb%20c_auth'],
  ])('keeps its users beside the runs: %s', (_name, backendStore, databaseUri) => {
    const [action] = partOf({ backendStore })?.actions ?? []
    expect(action).toMatchObject({
      id: 'write-file:/home/ada/mlflow/basic_auth.ini',
      needs: [foundation.folders],
      input: { template: 'native/basic_auth.ini.hbs', values: { databaseUri }, mode: 0o600 },
    })
  })

  it('can be read by the user of the server, and a change of it restarts the server', () => {
    const part = partOf({ runAs: 'mlflow' })
    expect(part?.actions[0]?.input).toMatchObject({ mode: 0o644 })
    expect(part?.readAtStart).toEqual(['/home/ada/mlflow/basic_auth.ini'])
  })

  it('names no secret but by its variable', () => {
    expect(serverLogin(fakeStack(5, { auth: { kind: 'basic-auth', adminUser: 'ada' } }))).toEqual({
      packages: ['Flask-WTF'],
      args: ['--app-name', 'basic-auth'],
      variables: { MLFLOW_AUTH_CONFIG_PATH: 'basic_auth.ini', MLFLOW_AUTH_ADMIN_USERNAME: 'ada' },
      secretVariables: {
        MLFLOW_AUTH_ADMIN_PASSWORD: 'MLFLOW_SETUP_ADMIN_PASSWORD',
        MLFLOW_FLASK_SERVER_SECRET_KEY: 'MLFLOW_FLASK_SERVER_SECRET_KEY',
      },
    })
  })

  it.each(['none', 'htpasswd'] as const)('is nothing where the login is %s', (kind) => {
    const auth = kind === 'none' ? { kind } : { kind, adminUser: 'ada' }
    expect(partOf({ auth })).toBeUndefined()
    expect(serverLogin(fakeStack(5, { auth }))).toMatchObject({ packages: [], args: [], variables: {} })
  })
})
