// The client of these tests reaches nginx and nothing else: neither the bucket nor MLflow's own ports.
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import { makeCommands } from '../../src/ports/commands.ts'
import { startDeployed } from '../testbed/deployed.ts'
import type { Deployed } from '../testbed/deployed.ts'
import { mlflowPython } from '../testbed/mlflow-venv.ts'
import { need } from '../testbed/need.ts'
import { makeNetworkNamespace } from '../testbed/network-namespace.ts'
import type { NetworkNamespace } from '../testbed/network-namespace.ts'
import { findNginxProgram, PASSWORD } from '../testbed/nginx-server.ts'
import { outcomes, provePython, proveRest } from '../testbed/prove.ts'
import { BIN } from '../testbed/sandbox.ts'
import { storageProgram } from '../testbed/storage-server.ts'

const STEPS = ['client', 'login', 'experiment', 'run', 'files', 'model', 'search', 'trace', 'cleanup']
const ALL_PASSED = Object.fromEntries(STEPS.map((step) => [step, 'passed']))
/** A client that goes to a bucket that it cannot reach waits for two minutes (PERFORMANCE.md section 2). Milliseconds. */
const SOON = 30_000

describe.each([5, 6] as const)('scenario %i', (scenario) => {
  let python: string
  let network: NetworkNamespace | undefined
  let deployed: Deployed | undefined

  beforeAll(async () => {
    python = await mlflowPython(PINNED_MLFLOW_VERSION)
    network = await makeNetworkNamespace()
    if (network === undefined || findNginxProgram() === undefined || storageProgram('versitygw') === undefined) return
    deployed = await startDeployed(scenario, { host: network.hostAddress })
  })

  afterAll(async () => {
    await deployed?.stop()
    await network?.close()
  })

  function parts(context: TestContext) {
    need(context, findNginxProgram(), 'nginx')
    need(context, storageProgram('versitygw'), 'versitygw')
    return {
      network: need(context, network, 'root and iproute2, for a network of the test’s own'),
      deployed: need(context, deployed, 'a stack'),
    }
  }

  it('gives its clients nginx, and refuses them everything else', async (context) => {
    const { network: from, deployed: stack } = parts(context)
    const [file = '', ...words] = from.under
    const connect = async (port: string | number) => {
      const script = `exec 3<>/dev/tcp/${from.hostAddress}/${port}`
      return (await execa(file, [...words, 'bash', '-c', script], { reject: false })).exitCode === 0
    }
    expect(await connect(new URL(stack.publicUrl).port)).toBe(true)
    expect(await connect(stack.storage.port)).toBe(false)
    expect(await connect(new URL(stack.tracking.url).port)).toBe(false)
  })

  it('sees from its own machine that the inner ports are closed to others', async (context) => {
    const { deployed: stack } = parts(context)
    const { subject, detour } = await stack.subject()
    expect(detour).toBeUndefined()
    const address = (await proveRest(subject)).find(({ id }) => id === 'address')
    expect(address?.detail).toBe("/health open, UI answers, MLflow's own port closed")
  })

  // From MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE on, 500 MiB by itself, a client asks where to put a file.
  it.for([
    { title: 'that asks the server where files go', env: {} },
    {
      title: 'that is told to go to the bucket',
      env: { MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'true', MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: 'true' },
    },
  ])('moves its files through nginx, soon, with a Python client $title', async ({ env }, context) => {
    const { network: from, deployed: stack } = parts(context)
    const { subject, client } = await stack.subject()
    const asking = { ...client.env, ...env, MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: '1000000' }
    const commands = from.inside(makeCommands())
    const results = await provePython(subject, { python, ...client, env: asking }, { commands })
    expect(outcomes(results), JSON.stringify(results, null, 1)).toEqual(ALL_PASSED)
    expect(results.find(({ id }) => id === 'files')?.milliseconds).toBeLessThan(SOON)
  })

  it('is proven by the program itself on a machine of its clients', async (context) => {
    const { network: from, deployed: stack } = parts(context)
    const [file = '', ...words] = from.under
    const env = { MLFLOW_TRACKING_USERNAME: 'admin', MLFLOW_TRACKING_PASSWORD: PASSWORD, PATH: process.env['PATH'] }
    const bare = await execa(file, [...words, process.execPath, BIN, 'test', stack.publicUrl], { env, reject: false })
    expect([bare.exitCode, bare.stdout]).toEqual([1, expect.stringContaining('MLFLOW_TRACKING_SERVER_CERT_PATH')])
    const given = { ...env, MLFLOW_TRACKING_SERVER_CERT_PATH: stack.rootCertificate }
    const proven = await execa(file, [...words, process.execPath, BIN, 'test', stack.publicUrl], { env: given })
    expect(proven.stdout).toMatch(/Proven by HTTP calls: 9 steps passed/)
    expect(proven.stdout).not.toContain(PASSWORD)
  })
})
