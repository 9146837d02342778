import { describe, expect, it } from 'vitest'
import { findFailure } from '../../../../src/actions/compose/explain-container.ts'
import type { Container } from '../../../../src/actions/compose/containers.ts'
import { answered, BEGUN, EARLIER, fakeCommands, fakeContainer, SINCE } from '../../../fakes/container.ts'

const INPUT = {
  stackName: 'mlflow',
  stackDirectory: '/home/ada/mlflow',
  volumes: [],
  services: [
    { name: 'database', job: true, readsAtStart: [] },
    { name: 'mlflow', job: false, readsAtStart: [] },
  ],
  describedBy: [],
  mark: '/home/ada/mlflow/.mlflow-setup/containers.json',
}
const { signal } = new AbortController()

function failureOf(service: string, changes: Partial<Container>, said = 'its last words\n', composed = true) {
  const commands = fakeCommands(answered({ stdout: said }))
  return findFailure(
    INPUT,
    [fakeContainer(service, changes)],
    { begun: BEGUN, composed },
    { commands, env: {} },
    signal,
  )
}

describe('a container fails', () => {
  it.each<[string, string, Partial<Container>, string]>([
    ['a job that ends badly', 'database', { status: 'exited', exitCode: 3, finishedAt: SINCE }, 'ended with code 3'],
    ['a server that ends', 'mlflow', { status: 'restarting', exitCode: 1, finishedAt: SINCE }, 'ended with code 1'],
    ['a server that ended and is back', 'mlflow', { restarts: 1, finishedAt: SINCE }, 'ended, and was started again'],
    ['a server that never answers', 'mlflow', { health: 'unhealthy' }, 'runs, but does not answer'],
    [
      'a server that takes too much',
      'mlflow',
      { status: 'restarting', exitCode: 137, outOfMemory: true, finishedAt: SINCE },
      'was killed because its memory was not enough',
    ],
  ])('%s', async (_what, service, changes, how) => {
    const failure = await failureOf(service, changes)
    expect(failure).toMatchObject({ code: 'service.died', lastLines: ['its last words'] })
    expect(failure?.message).toBe(`The service ${service} ${how}.`)
  })

  it.each<[string, Partial<Container>, string, string]>([
    ['its health check', { health: 'unhealthy', healthOutput: 'trying\nno good\n' }, 'x', 'says: no good'],
    ['who paused it', { status: 'paused' }, 'x', 'docker compose unpause'],
    ['its silence', { restarts: 2, finishedAt: SINCE }, '', 'said nothing, as those do whose memory is not enough'],
    ['its silence', { status: 'restarting', exitCode: 1, finishedAt: SINCE }, '', 'It said nothing.'],
  ])('and %s is told where nothing else is known', async (_what, changes, said, because) => {
    expect((await failureOf('mlflow', changes, said))?.because).toContain(because)
  })

  it('for a reason that its log names', async () => {
    const failure = await failureOf(
      'database',
      { status: 'exited', exitCode: 1, health: undefined, finishedAt: SINCE },
      'No connection to database mlflow at db:5432: FATAL:  no pg_hba.conf entry for host "172.18.0.4", user "mlflow", database "mlflow", no encryption\n',
    )
    expect(failure?.because).toContain('lets nobody in from 172.18.0.4')
    expect(failure?.hint?.text).toContain('host mlflow mlflow 172.16.0.0/12 scram-sha-256')
  })
})

describe('a container does not fail', () => {
  it('while Compose may make it anew, because it does not answer', async () => {
    const sick = { health: 'unhealthy', startedAt: EARLIER } as const
    expect(await failureOf('mlflow', sick, '', false)).toBeUndefined()
    expect(await failureOf('mlflow', { ...sick, startedAt: SINCE }, '', false)).toBeDefined()
    expect(await failureOf('mlflow', sick, '', true)).toBeDefined()
  })

  it.each<[string, string, Partial<Container>]>([
    ['a job that has done its work', 'database', { status: 'exited', finishedAt: SINCE }],
    ['a job that failed the time before', 'database', { status: 'exited', exitCode: 1, finishedAt: EARLIER }],
    ['a job that still works', 'database', { health: undefined }],
    ['a server that starts', 'mlflow', { health: 'starting' }],
    [
      'a server that Compose stopped, to make it anew',
      'mlflow',
      { status: 'exited', exitCode: 143, finishedAt: SINCE },
    ],
    ['a server that came back long ago', 'mlflow', { restarts: 4, startedAt: EARLIER, finishedAt: EARLIER }],
    ['what is not of the stack', 'grafana', { status: 'restarting', exitCode: 1, finishedAt: SINCE }],
  ])('%s', async (_what, service, changes) => {
    expect(await failureOf(service, changes)).toBeUndefined()
  })
})
