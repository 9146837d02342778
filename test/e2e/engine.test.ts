// What is found of Docker: with the engine of this machine, and on a machine of its own, from none to one that works.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installSystemPackages } from '../../src/actions/install-system-packages.ts'
import { findEngine, type EngineFinderPorts } from '../../src/answers/machine/find-engine.ts'
import { readRelease } from '../../src/answers/machine/machine-size.ts'
import { chooseSystemPackages, installCommand, parseOsRelease } from '../../src/answers/machine/system-packages.ts'
import type { Machine } from '../../src/answers/machine.ts'
import { startEngine } from '../../src/commands/start-engine.ts'
import { isAtLeast } from '../../src/formats/version.ts'
import { checkEngine } from '../../src/plan/preflight/check-engine.ts'
import { readHost } from '../../src/ports/host.ts'
import { fakeFacts } from '../fakes/facts.ts'
import { fakeStack } from '../fakes/stack.ts'
import { makeActionPorts, ownEnv } from '../testbed/action-ports.ts'
import { need } from '../testbed/need.ts'
import { addUser, portsInto, startSystemd, systemdImage, type SystemdContainer } from '../testbed/systemd-container.ts'

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

const NO_OTHERS = { dnf: false, brew: false }
const PLACES = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' }

/** What this user of the container finds there: its files are seen through its first process. */
async function portsOf(
  { id }: SystemdContainer,
  user: string,
): Promise<EngineFinderPorts & { readonly env: typeof PLACES }> {
  const pid = (await promisify(execFile)('docker', ['inspect', '--format', '{{.State.Pid}}', id])).stdout.trim()
  const place = (path: string) => `/proc/${pid}/root${path}`
  const { files, commands } = portsInto(id, user, PLACES, '')
  return {
    files: {
      stat: (path) => files.stat(place(path)),
      readText: (path) => files.readText(place(path)),
      freeBytes: (path) => files.freeBytes(place(path)),
    },
    commands,
    env: PLACES,
    host: readHost(PLACES),
  }
}

/** What a stack of containers would be told there. */
async function problemFor(ports: EngineFinderPorts, facts: Partial<Machine>): Promise<string> {
  const { machine } = fakeFacts({ ...facts, engine: await findEngine(ports, signal) })
  const found = await checkEngine(fakeStack(5, { target: 'compose' }), machine, ports)
  return found.map(({ name, message }) => `${name}: ${message}`).join('\n')
}

describe('a fresh Debian', () => {
  let machine: SystemdContainer | undefined

  beforeAll(async () => {
    // An engine in an engine keeps its images on a disk that can be laid over.
    if (image !== undefined) machine = await startSystemd(image, ['--tmpfs', '/var/lib/docker'])
  })
  afterAll(() => machine?.remove())

  it('gets Docker from its own packages, and whatever then stands in its way is named', async (context) => {
    const there = need(context, machine, NEEDED)
    const root = await portsOf(there, 'root')
    const systemPackages = chooseSystemPackages(parseOsRelease((await readRelease(root)) ?? ''), NO_OTHERS)
    const facts = { root: true, systemd: true, systemPackages }
    const problem = (user: EngineFinderPorts) => problemFor(user, facts)

    expect(await problem(root)).toContain('--target: there is no Docker on this machine; install it with: apt-get')
    const command = systemPackages === undefined ? [] : installCommand(systemPackages, ['docker'])
    await installSystemPackages.apply(
      { command, sudo: false },
      portsInto(there.id, 'root', PLACES, ''),
      () => {},
      signal,
    )
    await startEngine({ ...root, signal }, fakeFacts(facts).machine, ['docker'])
    expect(await findEngine(root, signal)).toMatchObject({ kind: 'ready', composeVersion: expect.any(String) })
    expect((await there.run(['systemctl', 'is-enabled', 'docker'])).out.trim()).toBe('enabled')

    await addUser(there, 'ada')
    const ada = await portsOf(there, 'ada')
    expect(await problem(ada)).toContain("--target: this user may not use Docker's socket")
    await there.exec(['usermod', '-aG', 'docker', 'ada'])
    expect(await findEngine(ada, signal)).toMatchObject({ kind: 'ready' })

    await there.exec(['systemctl', 'stop', 'docker.socket', 'docker.service'])
    expect(await problem(root)).toContain('start it with: systemctl start docker')
    await there.exec(['systemctl', 'start', 'docker'])
    expect(await findEngine(root, signal)).toMatchObject({ kind: 'ready' })

    // It takes the place of Docker's client, and puts its own under the same name.
    const words = ['install', '-y', '--no-install-recommends', 'podman', 'podman-docker']
    await there.exec(['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...words])
    expect(await findEngine(root, signal)).toEqual({ kind: 'podman' })
    expect((await there.run(['test', '-e', '/var/lib/containers'])).code).toBe(1)
  })
})
