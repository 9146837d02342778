import { describe, expect, it } from 'vitest'
import type { ExistingPostgres } from '../../../src/stack/spec.ts'
import {
  needsThisMachine,
  postgresAddress,
  postgresMount,
  postgresTls,
  storeVariables,
} from '../../../src/targets/compose/stores.ts'
import { isStoreHidden } from '../../../src/targets/native/site-values.ts'
import { BUCKET, fakeStack, SECURED } from '../../fakes/stack.ts'

const HERE = 'host.docker.internal'
const POSTGRES: ExistingPostgres = {
  kind: 'postgres',
  managed: false,
  host: 'db.example',
  port: 5433,
  database: 'mlflow',
  user: 'mlflow',
  sslMode: 'require',
  caFile: undefined,
  admin: 'none',
}

const stackWith = (postgres: Partial<ExistingPostgres>, store: Partial<typeof BUCKET>) =>
  fakeStack(5, {
    ...SECURED,
    target: 'compose',
    backendStore: { ...POSTGRES, ...postgres },
    artifactStore: { ...BUCKET, ...store },
  })

describe('in a container', () => {
  it.each([
    ['db.example', 'db.example'],
    ['10.0.0.5', '10.0.0.5'],
    ['localhost', HERE],
    ['127.0.0.1', HERE],
    ['::1', HERE],
  ])('PostgreSQL at %s is at %s', (host, inside) => {
    expect(postgresAddress({ ...POSTGRES, host })).toEqual({ host: inside, port: 5433 })
    expect(needsThisMachine(stackWith({ host }, {}))).toBe(inside === HERE)
  })

  it('PostgreSQL of the stack has a name and the usual port', () => {
    const store = { kind: 'postgres', managed: 'container', database: 'a', user: 'b' } as const
    expect([postgresAddress(store), postgresTls(store)]).toEqual([{ host: 'postgres', port: 5432 }, {}])
  })

  it.each([
    ['http://10.0.0.5:9000', 'http://10.0.0.5:9000'],
    ['http://localhost:9000', `http://${HERE}:9000`],
    ['http://[::1]:9000', `http://${HERE}:9000`],
    ['http://127.0.0.1', `http://${HERE}`],
  ])('a store at %s is at %s', (endpoint, inside) => {
    const stack = stackWith({}, { endpoint })
    expect(storeVariables(stack)['MLFLOW_S3_ENDPOINT_URL']).toBe(inside)
    expect(needsThisMachine(stack)).toBe(inside.includes(HERE))
  })

  it('roots are where they are mounted, or those of the image', () => {
    const caFile = '/etc/ssl/own.pem'
    expect(storeVariables(stackWith({}, { caFile }))['AWS_CA_BUNDLE']).toBe('/roots/store.pem')
    const roots = (postgres: Partial<ExistingPostgres>) => postgresTls({ ...POSTGRES, ...postgres })['PGSSLROOTCERT']
    expect(roots({ caFile })).toBe('/roots/postgres.pem')
    expect(roots({ sslMode: 'verify-full' })).toBe('/etc/ssl/certs/ca-certificates.crt')
    expect(roots({})).toBeUndefined()
  })
})

it('clients are not led to a store at an address that is this machine only', () => {
  expect(isStoreHidden(stackWith({}, { publicEndpoint: 'http://127.0.0.1:9000' }))).toBe(true)
  expect(isStoreHidden(stackWith({}, { publicEndpoint: 'http://10.0.0.5:9000' }))).toBe(false)
})

it.each([
  ['postgres:17', '/var/lib/postgresql/data'],
  ['registry.example:5000/postgres:16-alpine', '/var/lib/postgresql/data'],
  ['postgres:18.1', '/var/lib/postgresql'],
  ['postgres:latest', '/var/lib/postgresql'],
])('%s keeps its data below %s', (image, folder) => {
  expect(postgresMount(image)).toBe(folder)
})
