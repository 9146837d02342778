import { expect, it } from 'vitest'
import { checkTarget } from '../../../src/plan/preflight/check-target.ts'
import type { Stack } from '../../../src/stack/spec.ts'
import { fakeComposeStack, fakeStack } from '../../fakes/stack.ts'

/** A directory in which these actions were begun, in this order. */
async function problemFor(stack: Stack, kinds: readonly string[], phase = 'started') {
  const lines = kinds.map((kind) => JSON.stringify({ action: `${kind}:x`, kind, effect: 'create', phase }))
  const files = {
    readText: async (path: string) =>
      path === `${stack.directory}/.mlflow-setup/journal.jsonl` ? `${lines.join('\n')}\n{"kind":"run-se` : undefined,
  }
  return (await checkTarget(stack, { files }))?.message
}

it.each(['run-services', 'create-cluster', 'initialise-store', 'initialise-schema'])(
  'no stack moves into containers after %s',
  async (kind) => {
    expect(await problemFor(fakeComposeStack(), ['write-file', kind])).toBe(
      'the stack in /home/ada/mlflow runs on this machine itself, and its runs, files and users do not move into containers; take native there, or give the other one a --dir and a --name of its own',
    )
    expect(await problemFor(fakeStack(), ['write-file', kind])).toBeUndefined()
  },
)

it('nor out of them', async () => {
  expect(await problemFor(fakeStack(5), ['pull-images', 'run-containers'])).toMatch(
    /^the stack in \/home\/ada\/mlflow runs in containers, and .* do not move out of those; take compose there/,
  )
  expect(await problemFor(fakeComposeStack(), ['pull-images', 'run-containers'])).toBeUndefined()
})

it('what failed before anything was made may go on elsewhere', async () => {
  expect(await problemFor(fakeComposeStack(), ['make-directories', 'write-spec', 'create-venv'])).toBeUndefined()
  expect(await problemFor(fakeStack(), ['pull-images', 'build-image'])).toBeUndefined()
  expect(await problemFor(fakeStack(), [])).toBeUndefined()
})
