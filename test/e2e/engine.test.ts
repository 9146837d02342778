// What is found of Docker: with the engine of this machine, and on a machine of its own, from none to one that works.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findEngine, type EngineFinderPorts } from '../../src/answers/machine/find-engine.ts'
import { isAtLeast } from '../../src/formats/version.ts'
import { readHost } from '../../src/ports/host.ts'
import { makeActionPorts, ownEnv } from '../testbed/action-ports.ts'
import type { InsideOptions } from '../testbed/container.ts'
import { need } from '../testbed/need.ts'
import { startSystemd, systemdImage, type SystemdContainer } from '../testbed/systemd-container.ts'

const signal = new AbortController().signal
const ENGINE = 'a Docker engine'
const NEEDED = 'a Docker engine with the image mlflow-setup-testbed/systemd'
const NOBODY = { uid: 65_534, gid: 65_534 }

const image = await systemdImage()

/** This machine, with these variables more, as it looks to this user. */
function ownPorts(more: Readonly<Record<string, string>> = {}, as?: typeof NOBODY): EngineFinderPorts {
  const { files, commands, env } = makeActionPorts(ownEnv(more))
  const run: typeof commands.run = (command, options) =>
    commands.run({ ...command, ...(as === undefined ? {} : { as }) }, options)
  return { files, commands: { run }, env, host: readHost(env) }
}

describe('the engine of this machine', () => {
  it('is ready, and found fast enough to be looked for every time', async (context) => {
    need(context, image, ENGINE)
    const begin = performance.now()
    const engine = await findEngine(ownPorts(), signal)
    const took = performance.now() - begin
    expect(engine).toMatchObject({ kind: 'ready', rootless: false, snap: false, memoryLimits: true })
    if (engine.kind !== 'ready') return
    expect(isAtLeast(engine.version, '25.0') && isAtLeast(engine.composeVersion ?? '0', '2.23')).toBe(true)
    expect(engine.freeBytes).toBeGreaterThan(1e9)
    // 150 ms on a quiet machine.
    expect(took).toBeLessThan(3000)
  })

  it('is not started by looking at a socket that nobody has', async (context) => {
    need(context, image, ENGINE)
    const address = `unix://${join(tmpdir(), 'no-docker.sock')}`
    expect(await findEngine(ownPorts({ DOCKER_HOST: address }), signal)).toEqual({
      kind: 'stopped',
      address,
      start: undefined,
    })
  })

  it('is closed to a user who is not in its group', async (context) => {
    need(context, process.getuid?.() === 0 ? image : undefined, `root, and ${ENGINE}`)
    const home = await mkdtemp(join(tmpdir(), 'mlflow-setup-'))
    const engine = await findEngine(ownPorts({ HOME: home, DOCKER_CONFIG: home }, NOBODY), signal)
    await rm(home, { recursive: true })
    expect(engine).toMatchObject({ kind: 'forbidden' })
  })

  it('on another machine is never called; a context that is not there is told', async (context) => {
    need(context, image, ENGINE)
    const address = 'ssh://ada@127.0.0.1:1'
    expect(await findEngine(ownPorts({ DOCKER_HOST: address }), signal)).toEqual({ kind: 'remote', address })
    const engine = await findEngine(ownPorts({ DOCKER_CONTEXT: 'not-there' }), signal)
    expect(engine).toEqual({ kind: 'failing', why: expect.stringContaining('"not-there"') })
  })
})

describe('a fresh Debian', () => {
  let machine: SystemdContainer | undefined

  beforeAll(async () => {
    // An engine in an engine keeps its images on a disk that can be laid over.
    if (image !== undefined) machine = await startSystemd(image, ['--tmpfs', '/var/lib/docker:size=8g'])
  })
  afterAll(() => machine?.remove())

  it('gets Docker from its own packages, and whatever then stands in its way is named', async (context) => {
    const { exec, program, run: inside } = need(context, machine, NEEDED)
    // Its image cannot be had, so that it stops where Docker was put to use.
    const wanted = ['--scenario', '3', '--target', 'compose', '--mlflow-image', 'localhost:1/mlflow:3', '--yes']
    const ada = { user: 'ada', env: { HOME: '/home/ada' } }
    const problem = async (who: InsideOptions = {}) => {
      const { code, out } = await program(['plan', ...wanted], who)
      // A narrow terminal breaks its lines.
      return code === 2 ? out.replaceAll(/\s+/gu, ' ') : code
    }
    expect(await problem()).toContain('there is no Docker on this machine; install it with: apt-get install')

    const { code, out } = await program([...wanted, '--install-packages', 'yes'])
    expect([code, out]).toEqual([1, expect.stringContaining('localhost:1/mlflow:3 could not be pulled')])
    expect((await inside(['systemctl', 'is-enabled', 'docker'])).out.trim()).toBe('enabled')
    expect(await problem()).toBe(0)

    await exec(['useradd', '--create-home', 'ada'])
    expect(await problem(ada)).toContain("this user may not use Docker's socket")
    await exec(['usermod', '-aG', 'docker', 'ada'])
    expect(await problem(ada)).toBe(0)

    await exec(['systemctl', 'stop', 'docker.socket', 'docker.service'])
    expect(await problem()).toContain('start it with: systemctl start docker')
    await exec(['systemctl', 'start', 'docker'])
    expect(await problem()).toBe(0)

    // It takes the place of Docker's client, and puts its own under the same name.
    const words = ['install', '-y', '--no-install-recommends', 'podman', 'podman-docker']
    await exec(['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...words])
    expect(await problem()).toContain('what is called docker here is Podman')
    expect((await inside(['test', '-e', '/var/lib/containers'])).code).toBe(1)
  })
})
