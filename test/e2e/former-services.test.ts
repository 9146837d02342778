// Services that a stack had before, in the background, and what becomes of them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeJournal } from '../../src/plan/journal.ts'
import { retireServices } from '../../src/actions/retire-services.ts'
import { runServices } from '../../src/actions/run-services.ts'
import { makeBackgroundSupervisor } from '../../src/actions/supervisors/background.ts'
import { buildAction } from '../../src/targets/build-action.ts'
import type { RetireServicesInput } from '../../src/targets/action.ts'
import type { RunServicesInput } from '../../src/targets/service.ts'
import {
  SERVER,
  eventually,
  firstOf,
  makeInput,
  makeStackDirectory,
  realPorts,
  removeStackDirectory,
} from '../testbed/services.ts'

const ports = realPorts()
const { signal } = new AbortController()
const quiet = () => undefined
let directory = ''
let started: RunServicesInput[] = []

beforeEach(async () => {
  directory = await makeStackDirectory('stack')
  await ports.files.makeDirectory(`${directory}/.mlflow-setup`, { mode: 0o700 })
  started = []
})

afterEach(async () => {
  for (const input of started) await makeBackgroundSupervisor(input, ports).stop(signal)
  await removeStackDirectory(directory)
})

/** As applying a plan does it: what is about to be started is in the journal. */
async function start(group: string): Promise<RunServicesInput> {
  const input = { ...(await makeInput(directory, SERVER, { name: group })), group }
  const action = buildAction('run-services', { name: group, title: group, detail: '', needs: [] }, input)
  await writeJournal(directory, { action, effect: 'create', why: '' }, 'started', ports)
  await runServices.apply(input, ports, quiet, signal)
  started.push(input)
  return input
}

const keeping = (...inputs: readonly RunServicesInput[]): RetireServicesInput => ({
  stackDirectory: directory,
  kept: inputs.map(({ group, stackName, services }) => ({
    group,
    stackName,
    services: services.map((one) => one.name),
  })),
})

const statusOf = async (input: RunServicesInput) =>
  (await makeBackgroundSupervisor(input, ports).look(firstOf(input), signal)).status

describe('services that a stack no longer has', () => {
  it('are named, stopped, and not missed any more; the others run on', async () => {
    const former = await start('nginx')
    const kept = await start('mlflow')
    const input = keeping(kept)
    expect(await retireServices.inspect(input, ports, signal)).toEqual({
      effect: 'update',
      why: expect.stringMatching(/^nginx: no longer/u),
    })
    await retireServices.apply(input, ports, quiet, signal)
    expect([await statusOf(former), await statusOf(kept)]).toEqual(['stopped', 'running'])
    expect((await retireServices.inspect(input, ports, signal)).effect).toBe('unchanged')
    // It may come back.
    await start('nginx')
    expect((await retireServices.inspect(input, ports, signal)).effect).toBe('update')
    expect((await retireServices.inspect(keeping(kept, former), ports, signal)).effect).toBe('unchanged')
  })

  it('are ended too when nobody keeps them running since a kill', async () => {
    const former = await start('nginx')
    const supervisor = JSON.parse(
      (await ports.files.readText(`${directory}/.mlflow-setup/nginx/supervisor.json`)) ?? '',
    )
    process.kill(supervisor.pid, 'SIGKILL')
    await eventually('its end', async () => (await statusOf(former)) === 'stopped')
    expect((await retireServices.inspect(keeping(), ports, signal)).effect).toBe('update')
    await retireServices.apply(keeping(), ports, quiet, signal)
    expect((await retireServices.inspect(keeping(), ports, signal)).effect).toBe('unchanged')
  })

  it('are none where nothing was ever started, and where the journal is cut off', async () => {
    expect((await retireServices.inspect(keeping(), ports, signal)).effect).toBe('unchanged')
    await ports.files.appendLine(`${directory}/.mlflow-setup/journal.jsonl`, '{"kind":"run-ser', { mode: 0o600 })
    expect((await retireServices.inspect(keeping(), ports, signal)).effect).toBe('unchanged')
  })
})
