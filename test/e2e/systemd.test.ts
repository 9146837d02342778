import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { need } from '../testbed/need.ts'
import { eventually } from '../testbed/sandbox.ts'
import { systemdImage } from '../testbed/systemd-container.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CACHE = join(ROOT, 'test/.cache/uv-cache')
const ADDRESS = 'http://127.0.0.1:5000'

let image: string | undefined
let container: string

// The whole program inside a machine whose init is systemd: what a user has after a fresh installation of Debian.
beforeAll(async () => {
  image = await systemdImage()
  if (image === undefined) return
  await mkdir(CACHE, { recursive: true })
  const systemd = [
    '--privileged',
    '--cgroupns=private',
    '--tmpfs',
    '/run',
    '--tmpfs',
    '/run/lock',
    '--tmpfs',
    '/tmp:exec',
  ]
  const mounts = [
    `${process.execPath}:/usr/local/bin/node:ro`,
    `${join(ROOT, 'dist')}:/program/dist:ro`,
    `${join(ROOT, 'templates')}:/program/templates:ro`,
    `${join(ROOT, 'package.json')}:/program/package.json:ro`,
    `${CACHE}:/uv-cache`,
  ]
  const { stdout } = await run('docker', ['run', '-d', ...systemd, ...mounts.flatMap((mount) => ['-v', mount]), image])
  container = stdout.trim()
  await eventually(
    () => inside(['systemctl', 'is-system-running']),
    ({ out }) => /running|degraded/.test(out),
  )
})

afterAll(async () => {
  if (image === undefined) return
  await run('docker', ['rm', '-f', container])
})

interface Inside {
  readonly code: number
  readonly out: string
}

async function inside(command: readonly string[], user = 'root', env: readonly string[] = []): Promise<Inside> {
  const args = ['exec', '--user', user, ...env.flatMap((one) => ['--env', one]), container, ...command]
  return run('docker', args, { maxBuffer: 1e8 }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout + stderr }),
    (error: unknown) => {
      const { code, stdout, stderr } = Object(error)
      return { code: Number(code), out: `${stdout}${stderr}` }
    },
  )
}

const program = (args: readonly string[], user?: string, env: readonly string[] = []) =>
  inside(['node', '/program/dist/bin.js', ...args], user, ['UV_CACHE_DIR=/uv-cache', 'UV_LINK_MODE=copy', ...env])

describe('on a machine with systemd', () => {
  it('root gets a unit of the system, proven, and there again when it is killed', async (context) => {
    need(context, image, 'a Docker engine with the image mlflow-setup-testbed/systemd')
    const { code, out } = await program(['--yes'])
    expect([code, out]).toEqual([0, expect.stringContaining('Proven by HTTP calls: 9 steps passed')])
    const unit = 'mlflow-setup-mlflow-mlflow.service'
    expect((await inside(['systemctl', 'is-enabled', unit])).out.trim()).toBe('enabled')
    expect((await program(['plan', '--check'])).code).toBe(0)
    const pid = async () => (await inside(['systemctl', 'show', '--property=MainPID', '--value', unit])).out.trim()
    const killed = await pid()
    await inside(['sh', '-c', `kill -9 ${killed}`])
    await eventually(
      () => program(['status', '--json']),
      ({ out: status }) => /"healthy": true/.test(status) && !status.includes(`"pid": ${killed},`),
    )
    expect((await program(['logs', '--lines', '500'])).out).toContain('Uvicorn running on')
    expect((await program(['test', '--test-client', 'all'])).code).toBe(0)
    expect((await program(['stop'])).code).toBe(0)
    expect((await program(['status'])).code).toBe(1)
    expect((await program(['start'])).code).toBe(0)
    expect((await inside(['systemctl', 'disable', '--now', unit])).code).toBe(0)
  })

  it('a user gets a unit of their own, without root', async (context) => {
    need(context, image, 'a Docker engine with the image mlflow-setup-testbed/systemd')
    await inside(['useradd', '--create-home', 'ada'])
    await inside(['loginctl', 'enable-linger', 'ada'])
    const uid = (await inside(['id', '-u', 'ada'])).out.trim()
    await eventually(
      () => inside(['test', '-S', `/run/user/${uid}/systemd/private`]),
      ({ code }) => code === 0,
    )
    await inside(['chmod', '-R', 'a+rwX', '/uv-cache'])
    const env = ['HOME=/home/ada', `XDG_RUNTIME_DIR=/run/user/${uid}`]
    const { code, out } = await program(['--yes', '--public-url', ADDRESS], 'ada', env)
    expect([code, out]).toEqual([0, expect.stringContaining('Proven by HTTP calls: 9 steps passed')])
    const unit = await inside(['systemctl', '--user', 'is-active', 'mlflow-setup-mlflow-mlflow.service'], 'ada', env)
    expect(unit.out.trim()).toBe('active')
    expect((await program(['plan', '--check'], 'ada', env)).code).toBe(0)
    expect((await program(['stop'], 'ada', env)).code).toBe(0)
  })
})
