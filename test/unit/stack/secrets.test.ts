import { describe, expect, it } from 'vitest'
import type { Random } from '../../../src/ports/random.ts'
import { Secret } from '../../../src/secret.ts'
import { missingSecrets, readSecrets, resolveSecrets, secretNames } from '../../../src/stack/secrets.ts'
import type { StackSpec } from '../../../src/stack/spec.ts'
import { BUCKET, fakeStack, SECURED } from '../../fakes/stack.ts'

const random: Random = {
  secret: (length) => new Secret(`made-${length}`),
  fernetKey: () => new Secret('made-key'),
  ecKey: async () => new Secret('made-ec-key'),
  hex: () => '00',
}
const existing = {
  kind: 'postgres',
  managed: false,
  host: 'db',
  port: 5432,
  database: 'd',
  user: 'u',
  sslMode: 'require',
  caFile: undefined,
} as const
const shown = (spec: StackSpec, env?: string, given: Record<string, Secret> = {}) =>
  Object.fromEntries(
    Object.entries(resolveSecrets(spec, readSecrets(env), random, given)).map(([name, secret]) => [
      name,
      secret.reveal(),
    ]),
  )

describe('the secrets of a stack', () => {
  it.each([
    [fakeStack(2), []],
    [fakeStack(3), ['MLFLOW_CRYPTO_KEK_PASSPHRASE', 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY']],
    [
      fakeStack(4, { auth: { kind: 'basic-auth', adminUser: 'a' } }),
      [
        'MLFLOW_CRYPTO_KEK_PASSPHRASE',
        'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY',
        'MLFLOW_SETUP_ADMIN_PASSWORD',
        'MLFLOW_FLASK_SERVER_SECRET_KEY',
        'PGPASSWORD',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
      ],
    ],
  ])('are what it needs: scenario $spec.scenario', ({ spec }, names) => {
    expect(secretNames(spec)).toEqual(names)
  })

  it('are given, or found, or made, in this order; keys that only the user has are never made', () => {
    const { spec } = fakeStack(5, SECURED)
    expect(shown(spec)).toMatchObject({ MLFLOW_SETUP_ADMIN_PASSWORD: 'made-24', PGPASSWORD: 'made-32' })
    expect(missingSecrets(spec, resolveSecrets(spec, {}, random))).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
    ])
    const env =
      'PGPASSWORD=found\nMLFLOW_SETUP_ADMIN_PASSWORD=found\nAWS_ACCESS_KEY_ID=found\nAWS_SECRET_ACCESS_KEY=found\n'
    expect(shown(spec, env, { PGPASSWORD: new Secret('given') })).toMatchObject({
      PGPASSWORD: 'given',
      MLFLOW_SETUP_ADMIN_PASSWORD: 'found',
      AWS_ACCESS_KEY_ID: 'found',
    })
  })

  it('a token stays with the keys that it came with', () => {
    const { spec } = fakeStack(4)
    const env = 'AWS_ACCESS_KEY_ID=old\nAWS_SECRET_ACCESS_KEY=old\nAWS_SESSION_TOKEN=old\n'
    expect(shown(spec, env)['AWS_SESSION_TOKEN']).toBe('old')
    const keys = { AWS_ACCESS_KEY_ID: new Secret('new'), AWS_SECRET_ACCESS_KEY: new Secret('new') }
    expect(shown(spec, env, keys)).not.toHaveProperty('AWS_SESSION_TOKEN')
    expect(shown(spec, env, { ...keys, AWS_SESSION_TOKEN: new Secret('new') })['AWS_SESSION_TOKEN']).toBe('new')
  })

  it('a password of a role that others made must be given, and a machine with a role of AWS has no keys', () => {
    const { spec } = fakeStack(5, {
      ...SECURED,
      backendStore: { ...existing, admin: 'none' },
      artifactStore: { ...BUCKET, credentials: 'role' },
    })
    expect(missingSecrets(spec, resolveSecrets(spec, {}, random))).toEqual(['PGPASSWORD'])
    const made = fakeStack(5, { ...SECURED, backendStore: { ...existing, admin: 'url' } }).spec
    expect(shown(made, undefined, { MLFLOW_SETUP_POSTGRES_ADMIN_URL: new Secret('postgresql://…') })).toMatchObject({
      PGPASSWORD: 'made-32',
      MLFLOW_SETUP_POSTGRES_ADMIN_URL: 'postgresql://…',
    })
  })
})
