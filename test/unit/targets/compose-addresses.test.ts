import { describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../../src/formats/env-file.ts'
import type { StackSpec } from '../../../src/stack/spec.ts'
import { buildContainerAddress } from '../../../src/targets/compose/public-address.ts'
import { postgresMount } from '../../../src/targets/compose/stores.ts'
import { readComposeDocument } from '../../fakes/compose-document.ts'
import { renderComposeFiles } from '../../fakes/compose-files.ts'
import { BUCKET, EXISTING_POSTGRES, fakeComposeStack } from '../../fakes/stack.ts'

const OFF = { tls: { kind: 'off' } } as const
const LISTED = { proxy: { kind: 'container', allowFrom: ['10.0.0.0/8'] } } as const

function filesOf(changes: Partial<StackSpec>) {
  const files = renderComposeFiles(fakeComposeStack(5, changes))
  return { env: parseEnvFile(files['.env'] ?? ''), compose: readComposeDocument(files['compose.yaml'] ?? '') }
}

describe('the engine publishes', () => {
  it.each<[string, Partial<StackSpec>, readonly string[]]>([
    ['https://ml.example', {}, ['443:8443', '80:8080']],
    ['https://ml.example:8443/team', {}, ['8443:8443']],
    ['http://192.0.2.7', OFF, ['80:8080']],
    ['https://localhost:18443', {}, ['127.0.0.1:18443:8443']],
    ['http://127.0.0.5:8080', OFF, ['127.0.0.5:8080:8080']],
    ['https://[::1]:18443', {}, ['[::1]:18443:8443']],
    ['https://ml.example', LISTED, ['0.0.0.0:443:8443', '0.0.0.0:80:8080']],
  ])('%s', (publicUrl, changes, published) => {
    expect(buildContainerAddress(fakeComposeStack(5, { publicUrl, ...changes }))?.published).toEqual(published)
  })

  it('the store too, for clients of scenario 4 alone', () => {
    expect(buildContainerAddress(fakeComposeStack(4))?.published).toEqual(['443:8443', '80:8080', '9000:9000'])
  })

  it('MLflow alone where no nginx of the stack answers', () => {
    const behind = { proxy: { kind: 'none' }, port: 5010, ...OFF } as const
    expect(filesOf(behind).compose.services['mlflow']?.ports).toEqual(['127.0.0.1:5010:5000'])
    expect(buildContainerAddress(fakeComposeStack(5, behind))).toBeUndefined()
  })
})

describe('stores that were there before', () => {
  it.each(['localhost', '127.0.0.1', '::1'])('are found at %s of this machine, which is another one inside', (host) => {
    const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:9000`
    const { env, compose } = filesOf({
      backendStore: { ...EXISTING_POSTGRES, host },
      artifactStore: { ...BUCKET, endpoint },
    })
    expect(env).toMatchObject({
      POSTGRES_HOST: 'host.docker.internal',
      POSTGRES_PORT: '5433',
      MLFLOW_S3_ENDPOINT_URL: 'http://host.docker.internal:9000',
    })
    for (const name of ['mlflow', 'database', 'bucket'])
      expect(compose.services[name]).toMatchObject({
        extra_hosts: ['host.docker.internal:host-gateway'],
        networks: ['front'],
      })
  })

  it('keep their own addresses elsewhere', () => {
    const { env, compose } = filesOf({ backendStore: EXISTING_POSTGRES, artifactStore: BUCKET })
    expect(env).toMatchObject({ POSTGRES_HOST: 'db.example', MLFLOW_S3_ENDPOINT_URL: 'http://10.0.0.5:9000' })
    expect(compose.services['mlflow']?.['extra_hosts']).toBeUndefined()
    expect(Object.keys(compose.networks)).toEqual(['front'])
  })

  it('are trusted by copies of the roots that their user has', () => {
    const { env, compose } = filesOf({
      backendStore: { ...EXISTING_POSTGRES, sslMode: 'verify-full', caFile: '/root/a:b.pem' },
      artifactStore: { ...BUCKET, endpoint: 'https://s3.example', caFile: '/root/c.pem' },
    })
    expect(env['AWS_CA_BUNDLE']).toBe('/roots/store.pem')
    expect(compose.services['mlflow']?.environment).toMatchObject({ PGSSLROOTCERT: '/roots/postgres.pem' })
    for (const name of ['mlflow', 'database', 'bucket'])
      expect(compose.services[name]?.volumes).toContain('./roots:/roots:ro,z')
    const known = filesOf({ backendStore: { ...EXISTING_POSTGRES, sslMode: 'verify-full' } }).compose
    expect(known.services['database']?.environment).toMatchObject({
      PGSSLROOTCERT: '/etc/ssl/certs/ca-certificates.crt',
    })
    expect(known.services['database']?.volumes).toEqual(['./jobs:/jobs:ro,z'])
  })
})

it.each([
  ['postgres:16', '/var/lib/postgresql/data'],
  ['harbor.corp:8443/postgres:17.6-trixie', '/var/lib/postgresql/data'],
  ['postgres:18', '/var/lib/postgresql'],
  ['postgres:18.1-alpine', '/var/lib/postgresql'],
])('the data of %s is in %s', (image, mount) => {
  expect(postgresMount(image)).toBe(mount)
  const { compose } = filesOf({ images: { ...fakeComposeStack(5).spec.images, mlflow: 'build', postgres: image } })
  expect(compose.services['postgres']?.volumes).toEqual([`postgres-data:${mount}`])
})

it('only what its user wrote is for a repository', () => {
  const kept = (renderComposeFiles(fakeComposeStack())['.gitignore'] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('!'))
  expect(kept).toEqual(['!/mlflow-setup.yaml', '!/compose.override.yaml', '!/.gitignore'])
})
