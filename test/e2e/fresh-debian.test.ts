import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { need } from '../testbed/need.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const IMAGE = 'debian:trixie-slim'

let container: string | undefined

// A machine that has Node.js and nothing else: no Python, no systemd, no pip.
beforeAll(async () => {
  const image = await run('docker', ['image', 'inspect', IMAGE]).catch(() => undefined)
  if (image === undefined) return
  const parts = ['dist', 'templates', 'package.json'].flatMap((part) => [
    '-v',
    `${join(ROOT, part)}:/program/${part}:ro`,
  ])
  const mounts = ['-v', `${process.execPath}:/usr/local/bin/node:ro`, ...parts]
  const args = ['run', '-d', '--network', 'host', ...mounts, '--env', 'HOME=/root', IMAGE, 'sleep', 'infinity']
  container = (await run('docker', args)).stdout.trim()
})

afterAll(async () => {
  if (container !== undefined) await run('docker', ['rm', '-f', container])
})

async function program(args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const command = ['exec', container ?? '', 'node', '/program/dist/bin.js', ...args]
  return run('docker', command, { maxBuffer: 1e8 }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout + stderr }),
    (error: unknown) => {
      const { code, stdout, stderr } = Object(error)
      return { code: Number(code), out: `${stdout}${stderr}` }
    },
  )
}

describe('on a Debian without Python', () => {
  it('the package is named, and nothing is installed without consent', async (context) => {
    need(context, container, `a Docker engine with the image ${IMAGE}`)
    const { code, out } = await program(['--yes'])
    expect(code).toBe(2)
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /--python missing: a Python 3\.10 or newer .* install one with: .*apt-get .*python3-venv/,
    )
    expect((await program(['status'])).out).toContain('There is no stack')
  })

  it('with consent it is installed, and the stack is set up and proven', async (context) => {
    need(context, container, `a Docker engine with the image ${IMAGE}`)
    const { code, out } = await program(['--yes', '--install-packages', 'yes'])
    expect([code, out]).toEqual([0, expect.stringContaining('Proven by HTTP calls: 9 steps passed')])
    expect((await program(['plan', '--check'])).code).toBe(0)
  })
})
