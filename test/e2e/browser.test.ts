// A person opens the public address in Chromium. What they see is kept in test/.cache/screenshots.
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import { findChromium, startChromium } from '../testbed/chromium.ts'
import type { Chromium } from '../testbed/chromium.ts'
import { startDeployed } from '../testbed/deployed.ts'
import type { Deployed } from '../testbed/deployed.ts'
import { need } from '../testbed/need.ts'
import { findNginxProgram, PASSWORD } from '../testbed/nginx-server.ts'
import { logSeenRun, lookAtRun } from '../testbed/seen-run.ts'
import { storageProgram } from '../testbed/storage-server.ts'

const LOGIN = { username: 'admin', password: PASSWORD }
const CERTUTIL = existsSync('/usr/bin/certutil') ? '/usr/bin/certutil' : undefined
const NEEDS = [
  [findChromium(), 'Chromium'],
  [CERTUTIL, 'certutil'],
  [findNginxProgram(), 'nginx'],
  [storageProgram('versitygw'), 'versitygw'],
] as const

describe.each([5, 6] as const)('scenario %i', (scenario) => {
  let deployed: Deployed | undefined
  let chromium: Chromium | undefined
  let experimentId = ''

  beforeAll(async () => {
    if (NEEDS.some(([thing]) => thing === undefined)) return
    deployed = await startDeployed(scenario)
    chromium = await startChromium(deployed.rootCertificate)
    const { ca } = (await deployed.subject()).subject
    experimentId = await logSeenRun({ url: deployed.publicUrl, login: LOGIN, ca })
  })

  afterAll(async () => {
    await chromium?.close()
    await deployed?.stop()
  })

  function parts(context: TestContext) {
    for (const [thing, what] of NEEDS) need(context, thing, what)
    return { stack: need(context, deployed, 'a stack'), browser: need(context, chromium, 'Chromium') }
  }

  it('asks for the password, and takes no wrong one', async (context) => {
    const { stack, browser } = parts(context)
    const nobody = await browser.open()
    // What is left when nobody answers the browser's question; without a certificate that it trusts it would not even ask.
    await expect(nobody.page.goto(stack.publicUrl)).rejects.toThrow('ERR_INVALID_AUTH_CREDENTIALS')
    expect(nobody.faults[0]).toBe(`401 ${stack.publicUrl}/`)
    const { page } = await browser.open({ ...LOGIN, password: 'wrong' })
    expect((await page.goto(stack.publicUrl))?.status()).toBe(401)
    expect(await page.content()).not.toContain('static-files')
  })

  it('lists the experiment, opens its run and shows the text of its artifact', async (context) => {
    const { stack, browser } = parts(context)
    expect(
      await lookAtRun(browser, { url: stack.publicUrl, login: LOGIN, experimentId, keptAs: `scenario-${scenario}` }),
    ).toEqual([])
  })
})
