import { describe, expect, it } from 'vitest'
import { resolveAnswers } from '../../../src/answers/resolve.ts'
import { buildRepeatCommand } from '../../../src/commands/repeat-command.ts'
import { buildAddresses } from '../../../src/stack/addresses.ts'
import { answersFromStack, stackFromAnswers } from '../../../src/stack/from-answers.ts'
import { fakeFacts } from '../../fakes/facts.ts'
import { fakeStack } from '../../fakes/stack.ts'

const STACKS = [
  fakeStack(1),
  fakeStack(2),
  fakeStack(3),
  fakeStack(5, { publicUrl: 'https://ml.example/mlflow', port: 5010, name: 'team' }),
  fakeStack(3, {
    backendStore: { kind: 'sqlite', path: '/srv/x.db' },
    artifactStore: { kind: 'local', path: 'files' },
  }),
  fakeStack(3, {}, '/srv/My Models #1'),
]

describe.each(STACKS)('$spec.scenario in $directory', (stack) => {
  it('is the same again after the round of its answers', () => {
    expect(stackFromAnswers(answersFromStack(stack), stack.spec)).toEqual(stack)
  })

  it('is the same again after the command that repeats it, on a machine where nothing is there', async () => {
    const existing = answersFromStack(stack)
    const none = { prompted: {}, env: {}, file: undefined }
    const resolved = await resolveAnswers({ ...none, flags: {}, existing }, fakeFacts())
    const words = buildRepeatCommand(resolved, fakeFacts()).slice(3)
    const flags = Object.fromEntries(
      words.flatMap((word, index) =>
        index % 2 === 0
          ? [[word.slice(2).replace(/-(.)/g, (_all, letter: string) => letter.toUpperCase()), words[index + 1]]]
          : [],
      ),
    )
    const again = await resolveAnswers(
      { ...none, flags, existing: undefined },
      fakeFacts({ freePorts: [5007, 5008, 5009] }),
    )
    expect(stackFromAnswers(again.answers, undefined)).toEqual(stack)
  })
})

it('keeps what no question asks for', () => {
  const { spec } = fakeStack(3, { environment: { MLFLOW_X: '1' } })
  expect(stackFromAnswers(answersFromStack(fakeStack(3)), spec).spec.environment).toEqual({ MLFLOW_X: '1' })
})

describe('addresses', () => {
  it('of this machine: the server listens there', () => {
    expect(buildAddresses(fakeStack(3).spec)).toMatchObject({
      host: '127.0.0.1',
      port: 5000,
      localUrl: 'http://127.0.0.1:5000',
      loopback: true,
    })
    expect(buildAddresses(fakeStack(3, { publicUrl: 'http://localhost:5001/m' }).spec)).toMatchObject({
      host: '127.0.0.1',
      localUrl: 'http://127.0.0.1:5001/m',
      staticPrefix: '/m',
    })
    expect(buildAddresses(fakeStack(3, { publicUrl: 'http://[::1]:5001' }).spec)).toMatchObject({
      host: '::1',
      localUrl: 'http://[::1]:5001',
    })
  })

  it('of the world: the server still listens on this machine only, and answers to the public name', () => {
    const addresses = buildAddresses(fakeStack(5, { publicUrl: 'https://ml.example', port: 5010 }).spec)
    expect(addresses).toMatchObject({
      host: '127.0.0.1',
      port: 5010,
      corsOrigins: ['https://ml.example'],
      loopback: false,
    })
    expect(addresses?.allowedHosts).toEqual([
      'ml.example',
      'ml.example:*',
      'localhost',
      'localhost:*',
      '127.0.0.1',
      '127.0.0.1:*',
    ])
  })

  it('there are none without a server', () => {
    expect(buildAddresses(fakeStack(2).spec)).toBeUndefined()
  })
})
