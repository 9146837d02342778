import { expect, it } from 'vitest'
import { chooseSystemPackages, parseOsRelease } from '../../../src/answers/machine/system-packages.ts'
import type { FoundEngine, Machine, ReadyEngine } from '../../../src/answers/machine.ts'
import { checkEngine } from '../../../src/plan/preflight/check-engine.ts'
import type { FileStat } from '../../../src/ports/files.ts'
import type { StackSpec } from '../../../src/stack/spec.ts'
import { fakeFacts, READY_ENGINE } from '../../fakes/facts.ts'
import { fakeStack, SECURED } from '../../fakes/stack.ts'

const ADDRESS = 'unix:///var/run/docker.sock'
const IN_CONTAINERS = {
  ...SECURED,
  target: 'compose',
  publicUrl: 'https://ml.example:8443',
  images: { mlflow: 'build' },
} as const
const FILE: FileStat = { kind: 'file', mode: 0o644, size: 1, modified: new Date(0), uid: 0, gid: 0 }

interface Case {
  readonly engine?: FoundEngine
  readonly machine?: Partial<Machine>
  readonly spec?: Partial<StackSpec>
  readonly directory?: string
  /** Whether its files are there already. */
  readonly installed?: boolean
}

async function problemsOf({ engine = READY_ENGINE, machine = {}, spec = {}, directory, installed = false }: Case) {
  const stack = fakeStack(5, { ...IN_CONTAINERS, ...spec }, directory)
  const files = { stat: (path: string) => Promise.resolve(installed && path.endsWith('.yaml') ? FILE : undefined) }
  const facts = fakeFacts({ engine, ...machine })
  const found = await checkEngine(stack, facts.machine, { files, env: { HOME: '/home/ada' } })
  return found.map(({ name, message }) => `${name}: ${message}`)
}

const ready = (changes: Partial<ReadyEngine>): FoundEngine => ({ ...READY_ENGINE, ...changes })
const packagesOf = (release: string) => chooseSystemPackages(parseOsRelease(release), { dnf: true, brew: false })

it('nothing is wrong with an engine that has all, nor without one where nothing runs in containers', async () => {
  expect(await problemsOf({})).toEqual([])
  expect(await problemsOf({ engine: { kind: 'none', podman: false }, spec: { target: 'native' } })).toEqual([])
})

it('an engine that is missing is installed where the distribution has one that will do', async () => {
  const engine = { kind: 'none', podman: false } as const
  const systemPackages = packagesOf('ID=debian\nVERSION_ID="13"')
  expect(await problemsOf({ engine, machine: { systemPackages } })).toEqual([
    '--target: there is no Docker on this machine; install it with: apt-get install -y --no-install-recommends docker.io docker-cli docker-compose docker-buildx ca-certificates, or let --install-packages yes do it',
  ])
})

it('else it comes from Docker itself', async () => {
  const engine = { kind: 'none', podman: true } as const
  const systemPackages = packagesOf('ID=rocky\nID_LIKE="rhel"\nVERSION_ID="9.4"')
  expect(await problemsOf({ engine, machine: { systemPackages, system: 'Rocky 9.4' } })).toEqual([
    "--target: there is no Docker on this machine, only Podman; Rocky 9.4 has none that is new enough (25.0, with Compose 2.23) in its own packages: install it from Docker's (docs.docker.com/engine/install), or take native",
  ])
})

it.each<readonly [FoundEngine, boolean, string]>([
  [
    { kind: 'stopped', address: ADDRESS, start: { words: ['systemctl', 'start', 'docker'], root: true } },
    false,
    `--target: Docker's engine does not run: nobody answers at ${ADDRESS}; start it with: sudo systemctl start docker`,
  ],
  [
    { kind: 'stopped', address: ADDRESS, start: { words: ['systemctl', 'start', 'docker'], root: true } },
    true,
    `--target: Docker's engine does not run: nobody answers at ${ADDRESS}; start it with: systemctl start docker`,
  ],
  [
    { kind: 'stopped', address: 'unix:///tmp/none.sock', start: undefined },
    true,
    '--target: Docker\'s engine does not run: nobody answers at unix:///tmp/none.sock; start it, or check DOCKER_HOST and "docker context ls"',
  ],
  [
    { kind: 'forbidden', address: ADDRESS },
    false,
    `--target: this user may not use Docker's socket (${ADDRESS}); run: sudo usermod -aG docker "$USER", and log in again (whoever is in that group may do what root may), or use sudo`,
  ],
  [
    { kind: 'podman' },
    true,
    "--target: what is called docker here is Podman, which leaves services that restart 'unless-stopped' off after a boot; install Docker's own engine, or take native",
  ],
  [
    { kind: 'remote', address: 'ssh://gpu.example' },
    true,
    "--target: Docker's engine is on another machine (ssh://gpu.example), which has no files and ports of this one; set the stack up there, unset DOCKER_HOST and DOCKER_CONTEXT, or take native",
  ],
  [
    { kind: 'failing', why: 'it did not answer within 5 s' },
    true,
    '--target: docker fails here: it did not answer within 5 s; see what "docker version" says',
  ],
])('%j', async (engine, root, problem) => {
  expect(await problemsOf({ engine, machine: { root } })).toEqual([problem])
})

it.each<readonly [Partial<ReadyEngine>, string]>([
  [{ version: '20.10.24' }, 'Docker 20.10.24 is older than 25.0; install a newer one'],
  [{ composeVersion: '2.17.2' }, 'Docker Compose 2.17.2 is older than 2.23; install a newer one'],
  [{ composeVersion: undefined }, 'Docker 28.5.2 has no Compose here; install the Compose plugin'],
  [
    { composeVersion: undefined, standaloneCompose: '1.29.2' },
    'docker-compose 1.29.2 is the old Compose, which nobody maintains; install the Compose plugin',
  ],
  [
    { composeVersion: undefined, standaloneCompose: '2.29.7' },
    '"docker compose" is no command here: Compose 2.29.7 is a program of its own; link it to',
  ],
  [
    { buildxVersion: '0.13.1' },
    "Docker's buildx 0.13.1 is older than 0.17, and Compose 2.40.3 builds no image with it;",
  ],
])('%j', async (changes, problem) => {
  expect(await problemsOf({ engine: ready(changes) })).toEqual([expect.stringContaining(`--target: ${problem}`)])
})

it('an older Compose builds by itself, whatever buildx is there, and a ready image is not built', async () => {
  const spec = { images: { mlflow: 'registry.example/mlflow:3' } }
  expect(await problemsOf({ engine: ready({ buildxVersion: '0.13.1' }), spec })).toEqual([])
  expect(await problemsOf({ engine: ready({ composeVersion: '2.26.1', buildxVersion: '0.13.1' }) })).toEqual([])
  expect(await problemsOf({ engine: ready({ buildxVersion: undefined }) })).toEqual([])
})

it.each(['/srv/mlflow', '/home/ada/.mlflow', '/home/bob/mlflow'])('a snap does not see %s', async (directory) => {
  expect(await problemsOf({ engine: ready({ snap: true }), directory })).toEqual([
    `--dir: ${directory} is out of sight for Docker, which is a snap here; take /home/ada/mlflow`,
  ])
  expect(await problemsOf({ engine: ready({ snap: true }), directory: '/home/ada/stacks/one' })).toEqual([])
})

it('an engine without root has no low ports, and may hide who comes', async () => {
  const engine = ready({ rootless: true, lowestPort: 1024, hidesClients: true })
  expect(await problemsOf({ engine })).toEqual([])
  const proxy = { kind: 'container', allowFrom: ['10.0.0.0/8'] } as const
  const spec = { publicUrl: 'https://ml.example', proxy }
  const port =
    '--public-url: port 443 is for root only, and Docker runs without root here; take one from 1024 on, such as 8443'
  expect(await problemsOf({ engine, spec })).toEqual([
    '--allow-from: Docker runs without root here and hides the addresses of clients; take all',
    port,
  ])
  expect(await problemsOf({ engine: ready({ rootless: true, lowestPort: 1024 }), spec })).toEqual([port])
})

it("the engine's own disk counts, until the stack is there", async () => {
  const engine = ready({ freeBytes: 2.25e9 })
  expect(await problemsOf({ engine })).toEqual([
    '--dir: Docker has 2.3 GB of disk free in /var/lib/docker, and the images need 4.0 GB; free some ("docker system df" shows what Docker holds), or move its data-root',
  ])
  expect(await problemsOf({ engine, installed: true })).toEqual([])
  expect(await problemsOf({ engine: ready({ freeBytes: undefined }) })).toEqual([])
})
