import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import { Secret } from '../../src/secret.ts'
import type { StepResult, TestSubject } from '../../src/test-client/step.ts'
import { startDeployed } from '../testbed/deployed.ts'
import type { Deployed } from '../testbed/deployed.ts'
import { mlflowPython } from '../testbed/mlflow-venv.ts'
import { need } from '../testbed/need.ts'
import { findNginxProgram } from '../testbed/nginx-server.ts'
import { outcomes, problemOf, provePython, proveRest } from '../testbed/prove.ts'
import { storageProgram } from '../testbed/storage-server.ts'
import { filesIn } from '../testbed/files-in.ts'

const STEPS = ['login', 'experiment', 'run', 'files', 'model', 'search', 'trace', 'cleanup']
const passed = (steps: readonly string[]) => Object.fromEntries(steps.map((step) => [step, 'passed']))
const BY_REST = passed(['server', 'address', ...STEPS])
const BY_PYTHON = passed(['client', ...STEPS])
const POSSIBLE = findNginxProgram() !== undefined && storageProgram('versitygw') !== undefined
let python: string

function needAll(context: TestContext): void {
  need(context, findNginxProgram(), 'nginx')
  need(context, storageProgram('versitygw'), 'versitygw')
}

beforeAll(async () => {
  python = await mlflowPython(PINNED_MLFLOW_VERSION)
})

/** The variables that clients are given beside address, login and certificate. */
const GIVEN = {
  4: ['MLFLOW_S3_ENDPOINT_URL', 'AWS_DEFAULT_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  5: [],
  6: [],
} as const

interface Running {
  readonly deployed: Deployed
  readonly subject: TestSubject
}

/** The stack runs for all tests of the scenario; `further` adds those that only it has. */
function describeScenario(scenario: 4 | 5 | 6, further: (running: () => Running) => void): void {
  describe(`scenario ${scenario}`, () => {
    const started: Running[] = []
    const running = (): Running => {
      const [first] = started
      if (first === undefined) throw new Error('nothing was started')
      return first
    }

    beforeAll(async () => {
      if (!POSSIBLE) return
      const deployed = await startDeployed(scenario)
      started.push({ deployed, subject: (await deployed.subject()).subject })
    })

    afterAll(() => started[0]?.deployed.stop())

    it('is proven by HTTP calls through its public address, and nothing is left', async (context) => {
      needAll(context)
      const { deployed, subject } = running()
      const { results, stored } = await proveWithoutPython({ deployed, subject })
      expect(outcomes(results), JSON.stringify(results, null, 1)).toEqual(BY_REST)
      const detail = (id: string) => results.find((result) => result.id === id)?.detail
      expect(detail('login')).toBe('admin; nobody without the password')
      expect(detail('address')).toBe('/health open, UI answers')
      const way = subject.bucket === undefined ? '12 MB up, listed, down' : 'with keys and signed addresses'
      expect(detail('files')).toContain(way)
      expect(stored.filter((path) => path.endsWith('/artifacts/proof/large.bin'))).toHaveLength(1)
      expect(await filesIn(deployed.storage.folder, 'data/artifacts')).toEqual([])
    })

    it('is proven by a Python client that has what clients are given, and nothing is left', async (context) => {
      needAll(context)
      const { deployed, subject } = running()
      const { client } = await deployed.subject()
      const names = [...Object.keys(client.env), ...Object.keys(client.secrets ?? {})]
      expect(names.filter((name) => !name.endsWith('_CHECKSUM_CALCULATION') && !name.endsWith('_VALIDATION'))).toEqual(
        GIVEN[scenario],
      )
      const results = await provePython(subject, { python, ...client })
      expect(outcomes(results), JSON.stringify(results, null, 1)).toEqual(BY_PYTHON)
      expect(await filesIn(deployed.storage.folder, 'data/artifacts')).toEqual([])
    })

    further(running)
  })
}

/** With what was in the bucket while the files were there. */
async function proveWithoutPython({ deployed, subject }: Running) {
  const stored: Promise<readonly string[]>[] = []
  const onStep = ({ id }: StepResult) => {
    if (id === 'files') stored.push(filesIn(deployed.storage.folder, 'data/artifacts/team'))
  }
  const results = await proveRest(subject, { onStep })
  return { results, stored: (await Promise.all(stored)).flat() }
}

describeScenario(4, (running) => {
  it('names keys that the bucket does not take, and shows none of them', async (context) => {
    needAll(context)
    const { deployed, subject } = running()
    const { client } = await deployed.subject()
    const wrong = { AWS_ACCESS_KEY_ID: new Secret('testkey1'), AWS_SECRET_ACCESS_KEY: new Secret('marker-of-a-secret') }
    const results = await provePython(subject, { python, ...client, secrets: wrong })
    expect(problemOf(results, 'files').because).toContain('keys for the object store are wrong')
    expect(JSON.stringify(results)).not.toContain('marker-of-a-secret')
    const { bucket } = subject
    if (bucket?.keys === undefined) throw new Error('the subject has no bucket')
    const keys = { ...bucket.keys, secret: new Secret('marker-of-a-secret') }
    const byRest = await proveRest({ ...subject, bucket: { ...bucket, keys } })
    expect(problemOf(byRest, 'files').because).toContain('SignatureDoesNotMatch')
    expect(JSON.stringify(byRest)).not.toContain('marker-of-a-secret')
  })
})

describeScenario(5, (running) => {
  it('fails when the server sends clients to a bucket that they cannot reach', async (context) => {
    needAll(context)
    const { deployed, subject } = running()
    const results = await proveRest({ ...subject, trackingUri: deployed.tracking.url })
    expect(problemOf(results, 'server').because).toContain('they would wait two minutes')
  })
})

describeScenario(6, (running) => {
  it('fails when the server sends clients to a bucket that they cannot reach', async (context) => {
    needAll(context)
    const { deployed, subject } = running()
    const results = await proveRest({ ...subject, trackingUri: deployed.tracking.url })
    expect(problemOf(results, 'server').because).toContain('they would wait two minutes')
  })
})

it('goes past DNS where the public name has no address yet, with login and certificate', async (context) => {
  needAll(context)
  const deployed = await startDeployed(5, { host: 'mlflow.invalid' })
  try {
    const { subject, client, detour } = await deployed.subject()
    expect(detour).toMatch(/^mlflow\.invalid:\d+ has no address in DNS yet\.$/)
    expect(outcomes(await proveRest(subject))).toEqual(BY_REST)
    expect(outcomes(await provePython(subject, { python, ...client }))).toEqual(BY_PYTHON)
  } finally {
    await deployed.stop()
  }
})
