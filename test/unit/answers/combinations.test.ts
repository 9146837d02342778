import { describe, expect, it } from 'vitest'
import { resolveAnswers, type AnswerSources } from '../../../src/answers/resolve.ts'
import { buildRepeatCommand } from '../../../src/commands/repeat-command.ts'
import { UserError } from '../../../src/errors.ts'
import { answersFromStack, stackFromAnswers } from '../../../src/stack/from-answers.ts'
import { parseSpec } from '../../../src/stack/spec-file.ts'
import type { Stack } from '../../../src/stack/spec.ts'
import { renderSpec } from '../../../src/stack/write-spec.ts'
import { native } from '../../../src/targets/native/native.ts'
import { fakeFacts, TEAM_MACHINE } from '../../fakes/facts.ts'

type Flags = AnswerSources['flags']

const SCENARIOS: readonly Flags[] = ['1', '2', '3', '4', '5', '6'].map((scenario) => ({ scenario }))
const ADDRESSES: readonly Flags[] = [
  {},
  { publicUrl: 'http://127.0.0.1:5000/m' },
  { publicUrl: 'https://localhost:8443' },
  { publicUrl: 'https://ml.example' },
  { publicUrl: 'http://ml.example', tls: 'off' },
]
const PROXIES: readonly Flags[] = [
  {},
  { proxy: 'none' },
  { proxy: 'managed', allowFrom: '10.0.0.0/8, 192.168.1.7' },
  { proxy: 'system' },
  { tlsCert: '/c.pem', tlsKey: '/k.pem' },
]
const LOGINS: readonly Flags[] = [{}, { auth: 'none' }, { auth: 'htpasswd', adminUser: 'root' }, { auth: 'basic-auth' }]
const RUNS: readonly Flags[] = [
  {},
  { backendStore: 'sqlite' },
  { backendStore: 'postgresql://ada@db.example:5433/runs?sslmode=verify-full' },
  { postgresHost: '/run/postgresql' },
]
const FILES: readonly Flags[] = [
  {},
  { artifactStore: 'local' },
  { artifactStore: 's3://files/of/ada' },
  { s3Endpoint: 'http://10.0.0.5:9000', s3Bucket: 'files', s3PublicEndpoint: 'https://s3.example' },
]

function product(...axes: readonly (readonly Flags[])[]): readonly Flags[] {
  return axes.reduce<readonly Flags[]>(
    (all, axis) => all.flatMap((flags) => axis.map((more) => ({ ...flags, ...more }))),
    [{}],
  )
}

/** All answers about the server, each with every fourth pair of stores: so any two of the one meet any two of the other. */
const COMBINATIONS = product(LOGINS, ADDRESSES, PROXIES).flatMap((server, at) =>
  RUNS.flatMap((runs, row) =>
    FILES.filter((_, column) => (row + column + at) % FILES.length === 0).map((files) => ({
      ...server,
      ...runs,
      ...files,
    })),
  ),
)

/** Everything that a user may give is given. */
const FACTS = fakeFacts(TEAM_MACHINE, {
  secrets: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'MLFLOW_SETUP_POSTGRES_PASSWORD'],
})

async function stackOf(flags: Flags): Promise<Stack | undefined> {
  const sources = { flags, prompted: {}, env: {}, file: undefined, existing: undefined }
  try {
    return stackFromAnswers((await resolveAnswers(sources, FACTS)).answers, undefined)
  } catch (error) {
    // A combination that makes no sense is refused, in words.
    if (error instanceof UserError && error.code === 'answers.wrong') return undefined
    throw error
  }
}

describe.each(SCENARIOS)('every combination of answers in scenario $scenario', (scenario) => {
  it('is refused, or is a stack that its file describes, its answers give again, and the target can set up', async () => {
    const found = await Promise.all(COMBINATIONS.map((flags) => stackOf({ ...flags, ...scenario })))
    const stacks = found.filter((stack) => stack !== undefined)
    expect(stacks.length).toBeGreaterThan(0)
    for (const stack of stacks) {
      expect(parseSpec(renderSpec(stack.spec, undefined), 'f')).toEqual(stack.spec)
      expect(stackFromAnswers(answersFromStack(stack), stack.spec)).toEqual(stack)
      const actions = native.actions(stack)
      const ids = new Set(actions.map(({ id }) => id))
      expect(ids.size).toBe(actions.length)
      const needs = actions.flatMap((action) => [...action.needs, ...action.refreshOn])
      expect(needs.filter((id) => !ids.has(id))).toEqual([])
    }
  })
})

it.each([
  { scenario: '4', publicUrl: 'https://ml.example', s3Bucket: 'files', s3Region: 'eu-north-1', s3Addressing: 'path' },
  { scenario: '5', postgresHost: 'db.example', postgresCaFile: '/ca.pem', postgresDatabase: 'my runs' },
  { scenario: '6', publicUrl: 'https://localhost:8443', allowFrom: '10.0.0.0/8', runAs: 'none', workers: '3' },
  { scenario: '5', publicUrl: 'https://ml.example', tlsCert: '/c.pem', tlsKey: '/k.pem', auth: 'basic-auth' },
  {
    scenario: '5',
    backendStore: 'postgresql://ada@db:5433/runs?sslmode=verify-ca',
    artifactStore: 's3://files/of/ada',
  },
  { scenario: '3', target: 'compose' },
  { scenario: '4', target: 'compose', publicUrl: 'https://ml.example' },
  { scenario: '5', target: 'compose', publicUrl: 'https://ml.example' },
  { scenario: '6', target: 'compose', publicUrl: 'https://ml.example', managedS3: 'rustfs' },
])('the command that repeats a run says what is not derived: %j', async (flags) => {
  const sources = { flags, prompted: {}, env: {}, file: undefined, existing: undefined }
  const resolved = await resolveAnswers(sources, FACTS)
  const words = buildRepeatCommand(resolved, FACTS).slice(3)
  const again: Record<string, string> = {}
  for (let at = 0; at < words.length; at += 2) {
    const key = (words[at] ?? '').slice(2).replaceAll(/-(.)/g, (_all, letter: string) => letter.toUpperCase())
    again[key] = words[at + 1] ?? ''
  }
  // Another free port, and a store of others in the environment, where the first run had none.
  const aws = { ...FACTS.aws, endpoint: { variable: 'AWS_ENDPOINT_URL', url: 'http://minio.example:9000' } }
  const more = flags['target'] === 'compose' ? { secrets: FACTS.secrets, aws } : { secrets: FACTS.secrets }
  const later = fakeFacts({ ...TEAM_MACHINE, freePorts: [5007, 5008, 5009] }, more)
  const second = await resolveAnswers({ ...sources, flags: again }, later)
  expect(stackFromAnswers(second.answers, undefined)).toEqual(stackFromAnswers(resolved.answers, undefined))
})
