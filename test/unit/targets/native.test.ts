import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { parseEnvFile } from '../../../src/formats/env-file.ts'
import { renderTemplate, secretNamesIn } from '../../../src/plan/render-templates.ts'
import { Secret } from '../../../src/secret.ts'
import { secretNames } from '../../../src/stack/secrets.ts'
import { native, nativeServices } from '../../../src/targets/native/native.ts'
import type { WriteFileInput } from '../../../src/targets/action.ts'
import type { Stack } from '../../../src/stack/spec.ts'
import { fakeStack } from '../../fakes/stack.ts'

const SECRETS = {
  MLFLOW_CRYPTO_KEK_PASSPHRASE: new Secret('passphrase-for-tests'),
  MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: new Secret('key='),
}

function filesOf(stack: Stack): readonly WriteFileInput[] {
  return native.actions(stack).flatMap((action) => (action.kind === 'write-file' ? [action.input] : []))
}

function templateText(name: string): string {
  return readFileSync(new URL(`../../../templates/${name}`, import.meta.url), 'utf8')
}

function environmentOf(stack: Stack): string {
  const file = filesOf(stack).find(({ path }) => path.endsWith('/.env'))
  if (file === undefined) throw new Error('no .env')
  return renderTemplate(templateText(file.template), file.values, SECRETS)
}

describe.each([1, 2, 3, 5] as const)('scenario %i', (scenario) => {
  const stack = fakeStack(scenario)

  it('has these actions', async () => {
    const lines = native.actions(stack).map(({ id, needs }) => `${id} ← ${needs.join(', ')}`)
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../../snapshots/scenario-${scenario}/actions.txt`)
  })

  it('renders its files', async () => {
    await expect(environmentOf(stack)).toMatchFileSnapshot(`../../snapshots/scenario-${scenario}/env`)
  })

  it('makes every secret that its files want', () => {
    const wanted = filesOf(stack).flatMap(({ template }) => secretNamesIn(templateText(template)))
    expect([...wanted].toSorted()).toEqual([...secretNames(stack.spec)].toSorted())
  })

  it('has no secret in its actions', () => {
    expect(JSON.stringify(native.actions(stack))).not.toMatch(/passphrase-for-tests/)
  })
})

describe('the server', () => {
  it('never listens beyond this machine, whatever its address', () => {
    const stack = fakeStack(5, { publicUrl: 'https://ml.example/mlflow', port: 5010 })
    const env = parseEnvFile(environmentOf(stack))
    expect(env).toMatchObject({ MLFLOW_HOST: '127.0.0.1', MLFLOW_PORT: '5010', MLFLOW_STATIC_PREFIX: '/mlflow' })
    expect(env['MLFLOW_SERVER_ALLOWED_HOSTS']).toBe(
      'ml.example,ml.example:*,localhost,localhost:*,127.0.0.1,127.0.0.1:*',
    )
    expect(nativeServices(stack)[0]?.health).toEqual({ kind: 'http', url: 'http://127.0.0.1:5010/mlflow/health' })
  })

  it('takes the settings of its user last', () => {
    const env = parseEnvFile(
      environmentOf(fakeStack(3, { environment: { MLFLOW_WORKERS: '3', MLFLOW_ODD: `a'b"c$d #e` } })),
    )
    expect(env).toMatchObject({ MLFLOW_WORKERS: '3', MLFLOW_ODD: `a'b"c$d #e` })
  })
})

it('a client finds its store in an odd directory', () => {
  const sqlite = parseEnvFile(environmentOf(fakeStack(2, {}, `/srv/a b#c%'"ü`)))
  expect(sqlite['MLFLOW_TRACKING_URI']).toBe(`sqlite:////srv/a%20b%23c%25'%22%C3%BC/data/mlflow.db`)
  const files = parseEnvFile(environmentOf(fakeStack(1, {}, `/srv/a b#c%'"ü`)))
  expect(files['MLFLOW_TRACKING_URI']).toBe(`file:///srv/a%20b%23c%25'%22%C3%BC/data/mlruns`)
})
