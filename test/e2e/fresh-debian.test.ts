// A machine that has Node.js and nothing else: no Python, no systemd, no pip.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findImage, startContainer, type Container } from '../testbed/container.ts'
import { need } from '../testbed/need.ts'

const IMAGE = 'debian:trixie-slim'
const NEEDED = `a Docker engine with the image ${IMAGE}`

let machine: Container | undefined

beforeAll(async () => {
  const image = await findImage(IMAGE)
  if (image === undefined) return
  machine = await startContainer(image, ['--network', 'host', '--env', 'HOME=/root'], ['sleep', 'infinity'])
})
afterAll(() => machine?.remove())

describe('on a Debian without Python', () => {
  it('the package is named, and nothing is installed without consent', async (context) => {
    const { program } = need(context, machine, NEEDED)
    const { code, out } = await program(['--yes'])
    expect(code).toBe(2)
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /--python missing: a Python 3\.10 or newer .* install it with: .*apt-get .*python3-venv/,
    )
    expect((await program(['status'])).out).toContain('There is no stack')
  })

  it('with consent it is installed, and the stack is set up and proven', async (context) => {
    const { program } = need(context, machine, NEEDED)
    const { code, out } = await program(['--yes', '--install-packages', 'yes'])
    expect([code, out]).toEqual([0, expect.stringContaining('Proven by HTTP calls: 9 steps passed')])
    expect((await program(['plan', '--check'])).code).toBe(0)
  })
})
