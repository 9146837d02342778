import { describe, expect, it } from 'vitest'
import { fakeComposeStack } from '../../fakes/stack.ts'
import { renderComposeFiles } from '../../fakes/compose-files.ts'
import type { Stack } from '../../../src/stack/spec.ts'

const SHOWN = ['compose.yaml', '.env', 'nginx/nginx.conf', 'mlflow/Dockerfile', 'mlflow/requirements.txt']

const STACKS: Readonly<Record<string, Stack>> = {
  'scenario-3': fakeComposeStack(3),
  'scenario-4': fakeComposeStack(4),
  'scenario-5': fakeComposeStack(5),
  'scenario-6': fakeComposeStack(6),
}

describe.each(Object.entries(STACKS))('%s', (folder, stack) => {
  const files = renderComposeFiles(stack)
  it.each(SHOWN.filter((name) => name in files))('%s', async (name) => {
    const path = `../../snapshots/compose/${folder}/${name.replace(/^\./, '')}`
    await expect(files[name]).toMatchFileSnapshot(path)
  })
})
