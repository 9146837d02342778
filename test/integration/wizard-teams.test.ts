import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest'
import { findNginx } from '../../src/answers/machine/find-nginx.ts'
import { findPostgres } from '../../src/answers/machine/find-postgres.ts'
import type { CommandContext } from '../../src/commands/command-context.ts'
import { readHost } from '../../src/ports/host.ts'
import { CTRL_C, ENTER, makeFakePrompts } from '../fakes/prompts.ts'
import { need } from '../testbed/need.ts'
import { realPorts } from '../testbed/services.ts'
import { sit, untilReview } from '../testbed/sitting.ts'

const WHO = 'Who will use this MLflow?'
const ADDRESS = 'At which address will clients and browsers reach it?'
const RUNS = 'Where should runs and metrics live?'
const WHOSE = 'Whose PostgreSQL?'
const FILES = 'Where should files live?'
const STORE = 'Which store has the bucket'
const BUCKET = 'Which bucket should hold the files?'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mlflow-setup-teams-'))
})

afterEach(() => rm(home, { recursive: true, force: true }))

/** Somebody who is not root, on a network where the machine has a name. */
function ordinary(): Partial<CommandContext> {
  const network = () => ({ hostname: 'ml.example', addresses: ['10.0.0.7'] })
  return { host: { ...readHost({ HOME: home }), uid: 1000, network } }
}

async function needServers(context: TestContext): Promise<void> {
  const { signal } = new AbortController()
  const [postgres, nginx] = await Promise.all([findPostgres(realPorts(), signal), findNginx(realPorts(), signal)])
  need(context, postgres.programs[0], 'the programs of PostgreSQL')
  need(context, nginx, 'nginx')
}

describe('a team that presses Enter', () => {
  const asked = [WHO, ADDRESS, RUNS, WHOSE, FILES]
  it.for(['5', '6'])('gets PostgreSQL, nginx, a login and TLS: scenario %s', async (scenario, context) => {
    await needServers(context)
    const prompts = makeFakePrompts({ [WHO]: scenario }, { rest: ENTER })
    const { code } = await sit(home, [], untilReview(prompts), ordinary())
    expect(code).toBe(130)
    expect(prompts.asked.map((message) => message.replace(/ \(.*\)$/, ''))).toEqual(asked)
    const text = prompts.shown.join('\n')
    expect(text).toContain('https://ml.example:8443')
    for (const word of ['nginx', 'PostgreSQL', 'local folder']) expect(text).toContain(word)
    expect(text).toContain('a user and a password')
  })
})

describe('a team that knows what it wants', () => {
  it('is asked for nothing that flags say', async (context) => {
    await needServers(context)
    const flags = ['--scenario', '5', '--public-url', 'https://ml.example:8443', '--artifact-store', 'local']
    const stores = ['--backend-store', 'sqlite']
    const prompts = makeFakePrompts({})
    await sit(home, [...flags, ...stores], untilReview(prompts), ordinary())
    expect(prompts.asked).toEqual([])
  })

  it('is told that an address without TLS shows its passwords, and must say yes', async (context) => {
    await needServers(context)
    const question = 'How should the way to this address be protected?'
    const prompts = makeFakePrompts({ [WHO]: '5', [ADDRESS]: 'http://ml.example:8080', [question]: CTRL_C })
    const { code } = await sit(home, [], prompts, ordinary())
    expect([code, prompts.unused]).toEqual([130, []])
  })

  it('corrects a store that does not answer, and an odd bucket never gets that far', async () => {
    const prompts = makeFakePrompts({
      [WHO]: '4',
      [RUNS]: 'sqlite',
      [ADDRESS]: 'http://127.0.0.1:5000',
      [STORE]: ['http://127.0.0.1:9', CTRL_C],
      [BUCKET]: 'runs-of-ada',
      'Access key of the store': 'key',
      'Its secret': 'not-shown',
    })
    const { code, terminal } = await sit(home, [], prompts, ordinary())
    expect([code, prompts.unused]).toEqual([130, []])
    const text = prompts.shown.join('\n') + terminal.stdout + terminal.stderr
    expect(text).toContain('http://127.0.0.1:9 refused the connection.')
    expect(text).not.toContain('not-shown')
    const odd = makeFakePrompts({
      [WHO]: '4',
      [RUNS]: ENTER,
      [ADDRESS]: ENTER,
      [WHOSE]: ENTER,
      [STORE]: 'http://127.0.0.1:9',
      [BUCKET]: 'My_Runs',
    })
    const refused = await sit(home, [], odd, ordinary())
    expect(refused.terminal.stderr).toContain('has capital letters; write them small')
  })
})
