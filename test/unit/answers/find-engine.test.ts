import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { findEngine } from '../../../src/answers/machine/find-engine.ts'
import type { CommandResult } from '../../../src/ports/commands.ts'

const signal = new AbortController().signal
const SOCKET = 'unix:///var/run/docker.sock'
/** Debian's kernel on which the recordings were made. */
const KERNEL = '6.18.44-fc-v595'

type Said = Readonly<Record<string, Partial<CommandResult>>>

/** What `docker version` and `docker info` printed, recorded with the real programs; only lists of runtimes are cut out. */
function recorded(name: string): Said {
  const text = readFileSync(new URL(`../../fixtures/docker/${name}.json`, import.meta.url), 'utf8')
  const { version, info } = JSON.parse(text)
  return {
    'docker context': { stdout: `${SOCKET}\n` },
    'docker version': { stdout: JSON.stringify(version) },
    'docker info': { stdout: JSON.stringify(info) },
  }
}

/** A client whose engine does not answer: these are the words of the real ones. */
function silent(stderr: string, address = SOCKET): Said {
  return {
    'docker context': { stdout: `${address}\n` },
    'docker version': { exitCode: 1, stdout: '{"Client":{"Version":"26.1.5"},"Server":null}\n', stderr },
    'docker info': { exitCode: 1, stdout: '{"ServerVersion":"","ClientInfo":{"Plugins":[]}}\n', stderr },
  }
}

interface Place {
  /** The directory of docker. */
  readonly bin?: string
  /** Further files; folders end with a slash. */
  readonly files?: Readonly<Record<string, string>>
  readonly platform?: string
}

function look(said: Said, { bin = '/usr/bin', files = {}, platform = 'linux' }: Place = {}) {
  const programs = Object.keys(said).map((words) => `${bin}/${words.split(' ')[0]}`)
  const all = new Map([...programs.map((path) => [path, ''] as const), ...Object.entries(files)])
  const stat = (kind: 'file' | 'directory') =>
    ({ kind, mode: 0o755, size: 1, modified: new Date(0), uid: 0, gid: 0 }) as const
  const calls: string[] = []
  const ports = {
    files: {
      stat: (path: string) =>
        Promise.resolve(all.has(path) ? stat('file') : all.has(`${path}/`) ? stat('directory') : undefined),
      readText: (path: string) => Promise.resolve(all.get(path)),
      freeBytes: () => Promise.resolve(40e9),
    },
    commands: {
      run: ({ file, args }: { readonly file: string; readonly args: readonly string[] }) => {
        const words = `${file.slice(bin.length + 1)} ${args[0] ?? ''}`
        calls.push(words)
        const result = { exitCode: 0, found: true, timedOut: false, stdout: '', stderr: '', ...said[words] }
        return Promise.resolve(result)
      },
    },
    env: { PATH: `/usr/local/bin:${bin}`, HOME: '/home/ada' },
    host: { platform, release: KERNEL },
  }
  return findEngine(ports, signal).then((engine) => ({ engine, calls }))
}

it("Debian 13's engine, with everything that the client knows of it in three calls", async () => {
  const { engine, calls } = await look(recorded('engine-26'))
  expect(engine).toEqual({
    kind: 'ready',
    version: '26.1.5',
    composeVersion: '2.26.1',
    standaloneCompose: undefined,
    buildxVersion: '0.13.1',
    rootless: false,
    hidesClients: false,
    lowestPort: 1,
    snap: false,
    desktop: false,
    memoryLimits: true,
    rootDirectory: '/var/lib/docker',
    freeBytes: 40e9,
  })
  expect(calls).toEqual(['docker context', 'docker version', 'docker info'])
})

it('an engine without root: no limits, other ports, and clients that all look the same', async () => {
  const { engine } = await look(recorded('engine-26-rootless'))
  expect(engine).toMatchObject({ rootless: true, hidesClients: true, lowestPort: 1024, memoryLimits: false })
  const lowered = { files: { '/proc/sys/net/ipv4/ip_unprivileged_port_start': '80\n' } }
  expect((await look(recorded('engine-26-rootless'), lowered)).engine).toMatchObject({ lowestPort: 80 })
})

it('a snap, by the place of its client', async () => {
  expect((await look(recorded('engine-28'), { bin: '/snap/bin' })).engine).toMatchObject({ snap: true })
})

it('the disk of an engine in a virtual machine says nothing', async () => {
  expect((await look(recorded('engine-28'), { platform: 'darwin' })).engine).toMatchObject({ freeBytes: undefined })
})

const WITHOUT_PLUGINS = /"Plugins":\[.*?\]/u

it.each([
  ['1.29.2', '1.29.2'],
  ['v2.24.5-desktop.1', '2.24.5'],
])('Compose as a program of its own, %s', async (said, version) => {
  const { 'docker info': info, ...others } = recorded('engine-28')
  const bare = { ...others, 'docker info': { stdout: info?.stdout?.replace(WITHOUT_PLUGINS, '"Plugins":[]') ?? '' } }
  expect((await look(bare)).engine).toMatchObject({ composeVersion: undefined, standaloneCompose: undefined })
  const both = { ...bare, 'docker-compose version': { stdout: `${said}\n` } }
  expect((await look(both)).engine).toMatchObject({ composeVersion: undefined, standaloneCompose: version })
})

it('no Docker, with and without Podman', async () => {
  expect((await look({})).engine).toEqual({ kind: 'none', podman: false })
  expect((await look({ 'podman info': {} })).engine).toEqual({ kind: 'none', podman: true })
})

it('Podman behind the name of docker is not asked for more: its info would make folders', async () => {
  const emulated = 'Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg.\n'
  const { engine, calls } = await look({
    'docker context': { stdout: '\n', stderr: emulated },
    'docker --version': { stdout: 'podman version 5.4.2\n', stderr: emulated },
  })
  expect(engine).toEqual({ kind: 'podman' })
  expect(calls).toEqual(['docker context', 'docker --version'])
})

it("Podman behind Docker's own client", async () => {
  expect((await look(recorded('podman-5'))).engine).toEqual({ kind: 'podman' })
})

it.each(['tcp://10.0.0.5:2376', 'ssh://ada@gpu.example'])('an engine at %s is never called', async (address) => {
  const { engine, calls } = await look({ 'docker context': { stdout: `${address}\n` } })
  expect(engine).toEqual({ kind: 'remote', address })
  expect(calls).toEqual(['docker context'])
})

const CANNOT_CONNECT = `Cannot connect to the Docker daemon at ${SOCKET}. Is the docker daemon running?\n`
const FAILED_TO_CONNECT = `failed to connect to the docker API at ${SOCKET}; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory\n`
const SYSTEMD = { '/run/systemd/system/': '', '/usr/lib/systemd/system/docker.service': '' }
const OWN_SOCKET = 'unix:///run/user/1000/docker.sock'

it.each<[string, Place, string, readonly string[] | undefined]>([
  [SOCKET, { files: SYSTEMD }, 'systemctl start docker', ['systemctl', 'start', 'docker']],
  [SOCKET, { files: { '/etc/init.d/docker': '' } }, 'service docker start', ['service', 'docker', 'start']],
  [SOCKET, { files: SYSTEMD, bin: '/snap/bin' }, 'snap start docker', ['snap', 'start', 'docker']],
  [SOCKET, {}, 'nothing that is known', undefined],
  ['unix:///tmp/docker.sock', { files: SYSTEMD }, 'nothing that is known', undefined],
  [
    OWN_SOCKET,
    { files: { '/home/ada/.config/systemd/user/docker.service': '' } },
    'systemctl --user start docker',
    ['systemctl', '--user', 'start', 'docker'],
  ],
  [
    'unix:///home/ada/.docker/desktop/docker.sock',
    { files: { '/usr/lib/systemd/user/docker-desktop.service': '' } },
    'systemctl --user start docker-desktop',
    ['systemctl', '--user', 'start', 'docker-desktop'],
  ],
])('nobody answers at %s %j: started with %s', async (address, place, _title, words) => {
  const { engine } = await look(silent(CANNOT_CONNECT, address), place)
  const start = words === undefined ? undefined : { words, root: !words.includes('--user') }
  expect(engine).toEqual({ kind: 'stopped', address, start })
})

it('nobody answers, in the words of Docker 29', async () => {
  expect((await look(silent(FAILED_TO_CONNECT))).engine).toMatchObject({ kind: 'stopped' })
})

/** In the words of 20.10 to 28, and of 29. */
const FORBIDDEN = [
  `permission denied while trying to connect to the Docker daemon socket at ${SOCKET}: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version": dial unix /var/run/docker.sock: connect: permission denied\n`,
  `permission denied while trying to connect to the docker API at ${SOCKET}\n`,
]

it.each(FORBIDDEN)('%s', async (stderr) => {
  expect((await look(silent(stderr))).engine).toEqual({ kind: 'forbidden', address: SOCKET })
})

it('anything else is told in the words of docker', async () => {
  const error = 'Error response from daemon: client version 1.99 is too new. Maximum supported API version is 1.51'
  expect((await look(silent(`${error}\n`))).engine).toEqual({ kind: 'failing', why: error })
  const none =
    'context "nope": context not found: open /home/ada/.docker/contexts/meta/ca/meta.json: no such file or directory'
  const broken = {
    'docker context': { exitCode: 1, stderr: `${none}\n` },
    'docker --version': { stdout: 'Docker version 28.2.2, build e6534b4\n' },
  }
  expect((await look(broken)).engine).toEqual({ kind: 'failing', why: none })
  const hanging = silent('')
  const late = {
    ...hanging,
    'docker version': { exitCode: 143, timedOut: true },
    'docker info': { exitCode: 143, timedOut: true },
  }
  expect((await look(late)).engine).toEqual({ kind: 'failing', why: 'it did not answer within 5 s' })
})
