// The whole program inside a machine whose init is systemd: what a user has after a fresh installation of Debian.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { need } from '../testbed/need.ts'
import { addUser, startSystemd, systemdImage, type SystemdContainer } from '../testbed/systemd-container.ts'

const NEEDED = 'a Docker engine with the image mlflow-setup-testbed/systemd'

let machine: SystemdContainer | undefined

beforeAll(async () => {
  const image = await systemdImage()
  if (image !== undefined) machine = await startSystemd(image)
})
afterAll(() => machine?.remove())

describe('on a machine with systemd', () => {
  it('root gets a unit of the system, proven, stopped and started', async (context) => {
    const { program, run } = need(context, machine, NEEDED)
    const { code, out } = await program(['--yes'])
    expect([code, out]).toEqual([0, expect.stringContaining('Proven by HTTP calls: 9 steps passed')])
    const unit = 'mlflow-setup-mlflow-mlflow.service'
    expect((await run(['systemctl', 'is-enabled', unit])).out.trim()).toBe('enabled')
    expect((await program(['plan', '--check'])).code).toBe(0)
    expect((await program(['logs', '--lines', '500'])).out).toContain('Uvicorn running on')
    expect((await program(['stop'])).code).toBe(0)
    expect((await program(['status'])).code).toBe(1)
    expect((await program(['start'])).code).toBe(0)
    expect((await run(['systemctl', 'disable', '--now', unit])).code).toBe(0)
  })

  it('a user gets a unit of their own, without root', async (context) => {
    const there = need(context, machine, NEEDED)
    const { program, run } = there
    const ada = await addUser(there, 'ada')
    const { code, out } = await program(['--yes', '--public-url', 'http://127.0.0.1:5000'], ada)
    expect([code, out]).toEqual([0, expect.stringContaining('Proven by HTTP calls: 9 steps passed')])
    const unit = await run(['systemctl', '--user', 'is-active', 'mlflow-setup-mlflow-mlflow.service'], ada)
    expect(unit.out.trim()).toBe('active')
    expect((await program(['plan', '--check'], ada)).code).toBe(0)
    expect((await program(['stop'], ada)).code).toBe(0)
  })
})
