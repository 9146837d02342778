import { expect, it } from 'vitest'
import { findFreeHttpsPort } from '../../../src/answers/machine/probes.ts'
import { checkPorts } from '../../../src/plan/preflight/check-ports.ts'
import { fakeFacts, TEAM_MACHINE } from '../../fakes/facts.ts'
import { fakeStack, SECURED } from '../../fakes/stack.ts'

/** A machine on which these programs listen. */
function processesWith(listening: Readonly<Record<number, string>>) {
  return {
    canListen: (_host: string, port: number) => Promise.resolve(listening[port] === undefined),
    listener: (port: number) => {
      const name = listening[port]
      return Promise.resolve(name === undefined ? undefined : { port, process: { pid: 812, name } })
    },
  }
}

async function problemsOf(listening: Readonly<Record<number, string>>, spec = {}, machine = {}, ownSpec?: string) {
  const facts = fakeFacts({ ...TEAM_MACHINE, freeHttpsPort: 8443, ...machine })
  const files = { readText: () => Promise.resolve(ownSpec) }
  const docker = { exitCode: 0, found: true, timedOut: false, stdout: 'grafana-web-1\n', stderr: '' }
  const commands = { run: () => Promise.resolve(docker) }
  const ports = { processes: processesWith(listening), files, commands, env: {} }
  const found = await checkPorts(fakeStack(6, { ...SECURED, ...spec }), facts.machine, ports)
  return found.map(({ name, message }) => `${name}: ${message}`)
}

it('nothing is wrong where the ports are free', async () => {
  expect(await problemsOf({})).toEqual([])
})

it.each([
  [{ 443: 'caddy' }, '--public-url: port 443 is taken by caddy (pid 812); free is https://ml.example:8443'],
  [
    { 80: 'apache2' },
    '--public-url: port 80 is taken by apache2 (pid 812), from where nginx would lead on to https://; free is https://ml.example:8443',
  ],
  [
    { 80: 'apache2', 443: 'apache2' },
    '--public-url: port 443 is taken by apache2 (pid 812); free is https://ml.example:8443',
  ],
  [{ 5000: 'python3' }, '--port: port 5000 is taken by python3 (pid 812); free is 5002'],
  [{ 5001: 'python3' }, '--artifacts-port: port 5001 is taken by python3 (pid 812); free is 5002'],
])('%j', async (listening, problem) => {
  expect(await problemsOf(listening)).toEqual([problem])
})

it('port 80 is not wanted where the public port is another one', async () => {
  expect(await problemsOf({ 80: 'apache2' }, { publicUrl: 'https://ml.example:8443' })).toEqual([])
})

it('a container is told by its name, where an engine says it', async () => {
  const ready = { engine: { kind: 'ready' } as const }
  const said = (machine: object) => problemsOf({ 5000: 'docker-proxy' }, {}, machine)
  expect(await said(ready)).toEqual(['--port: port 5000 is taken by the container grafana-web-1; free is 5002'])
  expect(await said({})).toEqual(['--port: port 5000 is taken by docker-proxy (pid 812); free is 5002'])
})

it("the system's nginx takes a site instead", async () => {
  const nginx = { program: '/usr/sbin/nginx', version: '1.22.1', siteFolder: '/etc/nginx/conf.d', systemRuns: true }
  expect(await problemsOf({ 80: 'nginx' }, {}, { nginx })).toEqual([
    '--proxy: port 80 is taken by nginx (pid 812); take system, which adds a site to it',
  ])
})

it.each([
  [true, {}, 443],
  [true, { 80: 'nginx' }, 443],
  [true, { 80: 'apache2' }, 8443],
  [true, { 443: 'nginx', 8443: 'java' }, 8444],
  [false, {}, 8443],
])('where https could be, for root %s beside %j: %i', async (root, listening, port) => {
  expect(await findFreeHttpsPort(processesWith(listening), root)).toBe(port)
})

it("Docker's engine has every port that nobody else has, and takes no site of the system's nginx", async () => {
  const spec = { target: 'compose', proxy: { kind: 'container', allowFrom: [] }, images: { mlflow: 'build' } } as const
  const user = { root: false }
  expect(await problemsOf({}, spec, user)).toEqual([])
  const nginx = { program: '/usr/sbin/nginx', version: '1.22.1', siteFolder: '/etc/nginx/conf.d', systemRuns: true }
  expect(await problemsOf({ 443: 'nginx' }, spec, { nginx })).toEqual([
    '--public-url: port 443 is taken by nginx (pid 812); free is https://ml.example:8443',
  ])
})
