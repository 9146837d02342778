import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, readFile, realpath, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inspectAction } from '../../src/actions/action-table.ts'
import type { Stack, StackSpec } from '../../src/stack/spec.ts'
import { buildProxyPart } from '../../src/targets/native/proxy.ts'
import { proxyLayout } from '../../src/targets/native/proxy-layout.ts'
import { Secret } from '../../src/secret.ts'
import { fakeStack } from '../fakes/stack.ts'
import { need } from '../testbed/need.ts'
import { applyPart, findNginxProgram, PASSWORD } from '../testbed/nginx-server.ts'
import { eventually, freePort } from '../testbed/sandbox.ts'
import { realPorts } from '../testbed/services.ts'

// A whole nginx as a system has it, in a folder of its own: another site is in it, and its workers are another user.

const FOUNDATION = { folders: 'folders', environment: 'environment', packages: 'packages' }
const ports = { ...realPorts(), secrets: { MLFLOW_SETUP_ADMIN_PASSWORD: new Secret(PASSWORD) } }
const { signal } = new AbortController()

let top: string
let program: string
let nginx: ChildProcess
let upstream: Server
let upstreamPort: number
let otherPort: number

const at = (...parts: string[]) => join(top, 'etc', ...parts)

beforeEach(async (context) => {
  const real = need(context, findNginxProgram(), 'nginx')
  need(context, process.getuid?.() === 0 || undefined, 'root, to whom a system nginx belongs')
  top = await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-system-nginx-')))
  await chmod(top, 0o755)
  for (const folder of ['sites-available', 'sites-enabled', 'conf.d']) await mkdir(at(folder), { recursive: true })
  program = join(top, 'nginx')
  await writeFile(program, `#!/bin/sh\nexec ${real} -c '${at('nginx.conf')}' "$@"\n`, { mode: 0o755 })
  otherPort = await freePort()
  await writeConfig(`include ${at('sites-enabled')}/*;`)
  await writeFile(
    at('conf.d', 'other.conf'),
    `server {\n  listen 127.0.0.1:${otherPort};\n  server_name other.example;\n  return 200 other;\n}\n`,
  )
  upstream = createServer((_, response) => response.end('mlflow'))
  await new Promise<void>((listening) => upstream.listen(0, '127.0.0.1', listening))
  upstreamPort = Number(Object(upstream.address()).port)
  nginx = spawn(program, ['-g', 'daemon off;'], { stdio: 'ignore' })
  await eventually(
    () => body(`http://127.0.0.1:${otherPort}/`),
    (text) => text === 'other',
  )
})

afterEach(async () => {
  if (nginx.exitCode === null) {
    nginx.kill('SIGTERM')
    await once(nginx, 'exit')
  }
  upstream.close()
  for (const name of ['team', 'one', 'two']) await rm(`/run/mlflow_${name}_logins`, { recursive: true, force: true })
  await rm(top, { recursive: true, force: true })
})

async function writeConfig(includes: string): Promise<void> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${top}/${name};`,
  )
  const text = `user www-data;\npid ${top}/pid;\nerror_log ${top}/error.log;\nevents {}\nhttp {\n  access_log ${top}/access.log;\n  ${temporary.join('\n  ')}\n  include ${at('conf.d')}/*.conf;\n  ${includes}\n}\n`
  await writeFile(at('nginx.conf'), text)
}

async function makeStack(name: string, changes: Partial<StackSpec> = {}): Promise<Stack> {
  const directory = join(top, `stack ${name}`)
  await mkdir(join(directory, '.mlflow-setup'), { recursive: true })
  return fakeStack(
    5,
    {
      name,
      publicUrl: `http://localhost:${await freePort()}`,
      port: upstreamPort,
      proxy: { kind: 'system', program, allowFrom: [] },
      auth: { kind: 'htpasswd', adminUser: 'admin' },
      ...changes,
    },
    directory,
  )
}

/** What a look at the site says, with what else of the part there is left out. */
async function inspectSite(stack: Stack): Promise<{ effect: string; why: string }> {
  const action = buildProxyPart(stack, FOUNDATION).actions.find(({ kind }) => kind === 'write-system-site')
  if (action === undefined) throw new Error('no site')
  return inspectAction(action, ports, signal)
}

async function body(url: string): Promise<string> {
  return fetch(url, {
    headers: { authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}` },
  }).then(
    (response) => response.text(),
    () => '',
  )
}

async function statusOf(url: string): Promise<number> {
  return fetch(url).then(
    ({ status }) => status,
    () => 0,
  )
}

describe("a site in the system's nginx", () => {
  it('asks for the password beside sites that stay as they are, and a second look finds nothing to do', async () => {
    const stack = await makeStack('team')
    const before = await readFile(at('nginx.conf'), 'utf8')
    expect(await inspectSite(stack)).toMatchObject({ effect: 'create' })
    expect(await applyPart(stack, ports)).toEqual([])
    await eventually(
      () => statusOf(`${stack.spec.publicUrl}/`),
      (status) => status === 401,
    )
    expect(await body(`${stack.spec.publicUrl}/`)).toBe('mlflow')
    expect(await body(`http://127.0.0.1:${otherPort}/`)).toBe('other')
    expect(await readFile(at('nginx.conf'), 'utf8')).toBe(before)
    expect((await lstat(at('sites-enabled', 'mlflow-setup-team.conf'))).isSymbolicLink()).toBe(true)
    const passwords = await stat(proxyLayout(stack).passwords)
    expect(passwords.mode & 0o777).toBe(0o640)
  })

  it('has names of its own, so that two stacks are in one nginx', async () => {
    const [one, two] = [await makeStack('one'), await makeStack('two', { port: await freePort() })]
    expect(await applyPart(one, ports)).toEqual([])
    expect(await applyPart(two, ports)).toEqual([])
    await eventually(
      () => statusOf(`${two.spec.publicUrl}/`),
      (status) => status === 401,
    )
    expect(await body(`${one.spec.publicUrl}/`)).toBe('mlflow')
  })

  it('is taken out again when nginx refuses it, and nothing was cut', async () => {
    const stack = await makeStack('team')
    await writeFile(at('conf.d', 'foreign.conf'), 'upstream mlflow_team_tracking { server 127.0.0.1:9; }\n')
    await expect(applyPart(stack, ports)).rejects.toMatchObject({
      code: 'nginx.refused',
      lastLines: [expect.stringContaining('duplicate upstream "mlflow_team_tracking"'), expect.any(String)],
    })
    await expect(lstat(at('sites-enabled', 'mlflow-setup-team.conf'))).rejects.toThrow(/ENOENT/)
    await expect(lstat(at('sites-available', 'mlflow-setup-team.conf'))).rejects.toThrow(/ENOENT/)
    expect(await body(`http://127.0.0.1:${otherPort}/`)).toBe('other')
  })

  it('goes back to what it was when a change of it is refused', async () => {
    const stack = await makeStack('team')
    await applyPart(stack, ports)
    const site = await readFile(at('sites-available', 'mlflow-setup-team.conf'), 'utf8')
    const changed = await makeStack('team', { publicUrl: stack.spec.publicUrl, artifactsPort: 5999 })
    await writeFile(at('conf.d', 'foreign.conf'), 'upstream mlflow_team_tracking { server 127.0.0.1:9; }\n')
    await expect(inspectSite(changed)).rejects.toMatchObject({ code: 'nginx.broken' })
    await unlink(at('conf.d', 'foreign.conf'))
    expect(await inspectSite(changed)).toMatchObject({ effect: 'update' })
    expect(await readFile(at('sites-available', 'mlflow-setup-team.conf'), 'utf8')).toBe(site)
  })

  it('is a conflict with a foreign site of that name, which is named with its line', async () => {
    const stack = await makeStack('team')
    const port = new URL(stack.spec.publicUrl ?? '').port
    const path = at('conf.d', 'mine.conf')
    await writeFile(path, `# mine\nserver {\n  listen 127.0.0.1:${port};\n  server_name a.example localhost;\n}\n`)
    expect(await inspectSite(stack)).toEqual({ effect: 'conflict', why: `${path}:4 already answers to localhost` })
    await writeFile(path, `server { listen 127.0.0.1:${await freePort()}; server_name localhost; }\n`)
    expect(await inspectSite(stack)).toMatchObject({ effect: 'create' })
  })

  it('is not taken from another stack of that name, nor from somebody who edited it', async () => {
    const stack = await makeStack('team')
    await applyPart(stack, ports)
    const path = at('sites-available', 'mlflow-setup-team.conf')
    const other = fakeStack(5, stack.spec, join(top, 'elsewhere'))
    expect(await inspectSite(other)).toMatchObject({
      effect: 'conflict',
      why: expect.stringContaining(stack.directory),
    })
    await writeFile(path, (await readFile(path, 'utf8')).replace('gzip on;', 'gzip off;'))
    expect(await inspectSite(stack)).toMatchObject({ effect: 'conflict', why: 'edited since mlflow-setup wrote it' })
  })

  it('is loaded by the next run where this one ended before', async () => {
    const stack = await makeStack('team')
    await applyPart(stack, ports)
    await rm(join(stack.directory, '.mlflow-setup', 'site-loaded'))
    expect(await inspectSite(stack)).toEqual({ effect: 'update', why: 'was not loaded' })
    await unlink(at('sites-enabled', 'mlflow-setup-team.conf'))
    expect(await inspectSite(stack)).toEqual({ effect: 'update', why: 'is not switched on' })
    expect(await applyPart(stack, ports)).toEqual([])
  })

  it('goes to conf.d where sites are not kept apart', async () => {
    await writeConfig('')
    await rm(at('sites-available'), { recursive: true })
    const stack = await makeStack('team')
    expect(await applyPart(stack, ports)).toEqual([])
    expect((await stat(at('conf.d', 'mlflow-setup-team.conf'))).isFile()).toBe(true)
  })
})
