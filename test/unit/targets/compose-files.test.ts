import { describe, expect, it } from 'vitest'
import { BUCKET, EXISTING_POSTGRES, fakeComposeStack } from '../../fakes/stack.ts'
import { renderComposeFiles } from '../../fakes/compose-files.ts'
import type { Stack } from '../../../src/stack/spec.ts'

const SHOWN = ['compose.yaml', '.env', 'nginx/nginx.conf', 'mlflow/Dockerfile', 'mlflow/requirements.txt']

const STACKS: Readonly<Record<string, Stack>> = {
  'scenario-3': fakeComposeStack(3),
  'scenario-4': fakeComposeStack(4),
  'scenario-5': fakeComposeStack(5),
  'scenario-6': fakeComposeStack(6),
  small: fakeComposeStack(5, {
    backendStore: { kind: 'sqlite', path: 'data/mlflow.db' },
    artifactStore: { kind: 'local', path: '/mnt/artifacts' },
    publicUrl: 'https://localhost:8443',
    workers: 1,
  }),
  'others-stores': fakeComposeStack(5, {
    backendStore: { ...EXISTING_POSTGRES, host: 'localhost', sslMode: 'verify-full', caFile: '/etc/ssl/db.pem' },
    artifactStore: { ...BUCKET, endpoint: 'https://s3.example', caFile: '/etc/ssl/s3.pem', prefix: 'team' },
    auth: { kind: 'basic-auth', adminUser: 'ada' },
    proxy: { kind: 'container', allowFrom: ['10.0.0.0/8'] },
  }),
}

describe.each(Object.entries(STACKS))('%s', (folder, stack) => {
  const files = renderComposeFiles(stack)
  it.each(SHOWN.filter((name) => name in files))('%s', async (name) => {
    const path = `../../snapshots/compose/${folder}/${name.replace(/^\./, '')}`
    await expect(files[name]).toMatchFileSnapshot(path)
  })
})
