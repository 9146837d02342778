// A person opens the public address in Chromium. What they see is kept in test/.cache/screenshots.
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { findChromium, startChromium } from '../testbed/chromium.ts'
import type { Chromium } from '../testbed/chromium.ts'
import { startDeployed } from '../testbed/deployed.ts'
import type { Deployed } from '../testbed/deployed.ts'
import { need } from '../testbed/need.ts'
import { findNginxProgram, PASSWORD } from '../testbed/nginx-server.ts'
import { realPorts } from '../testbed/services.ts'
import { storageProgram } from '../testbed/storage-server.ts'

const LOGIN = { username: 'admin', password: PASSWORD }
const TEXT = 'Grüße aus dem Artefakt'
const CERTUTIL = existsSync('/usr/bin/certutil') ? '/usr/bin/certutil' : undefined
const NEEDS = [
  [findChromium(), 'Chromium'],
  [CERTUTIL, 'certutil'],
  [findNginxProgram(), 'nginx'],
  [storageProgram('versitygw'), 'versitygw'],
] as const
/** MLflow's UI asks for it to find out whether MLflow's own login is on. */
const WITHOUT_BASIC_AUTH = /^404 .*\/ajax-api\/2\.0\/mlflow\/users\/current$/

describe.each([5, 6] as const)('scenario %i', (scenario) => {
  let deployed: Deployed | undefined
  let chromium: Chromium | undefined
  let experimentId = ''

  beforeAll(async () => {
    if (NEEDS.some(([thing]) => thing === undefined)) return
    deployed = await startDeployed(scenario)
    chromium = await startChromium(deployed.rootCertificate)
    experimentId = await logOneRun(deployed)
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
    const { page, faults, keep } = await browser.open(LOGIN)
    await page.goto(stack.publicUrl)
    await page.getByRole('link', { name: 'seen in a browser' }).first().waitFor()
    await keep(`scenario-${scenario}-home`)
    await page.goto(`${stack.publicUrl}/#/experiments/${experimentId}/runs`)
    await page.getByRole('link', { name: 'first run' }).click()
    await page.getByText('loss').first().waitFor()
    await keep(`scenario-${scenario}-run`)
    await page.getByRole('tab', { name: 'Artifacts' }).click()
    await page.getByText('note.txt').first().click()
    await page.getByText(TEXT).waitFor()
    await keep(`scenario-${scenario}-artifact`)
    expect(await page.getByText(/^Path:/).textContent()).toContain('mlflow-artifacts:/')
    expect(faults.filter((fault) => !WITHOUT_BASIC_AUTH.test(fault))).toEqual([])
  })
})

/** An experiment with one run, one metric and one file, as a client without Python makes them. Returns the experiment's id. */
async function logOneRun({ publicUrl, subject }: Deployed): Promise<string> {
  const { ca } = (await subject()).subject
  const { http } = realPorts()
  const login = { user: LOGIN.username, password: new Secret(LOGIN.password) }
  const send = async (method: 'POST' | 'PUT', path: string, body: string, pick: RegExp) => {
    const headers = { 'content-type': method === 'POST' ? 'application/json' : 'text/plain' }
    const common = { method, login, headers, body, timeoutMs: 30_000, ...(ca === undefined ? {} : { ca }) }
    const answer = await http.request({ ...common, url: `${publicUrl}/api/2.0/${path}` })
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text()}`)
    return pick.exec(answer.text())?.[1] ?? ''
  }
  const post = (path: string, body: object, pick = /^/) => send('POST', `mlflow/${path}`, JSON.stringify(body), pick)
  const id = await post('experiments/create', { name: 'seen in a browser' }, /"experiment_id":\s*"(\w+)"/)
  const timestamp = Date.now()
  const begun = { experiment_id: id, run_name: 'first run', start_time: timestamp }
  const run = await post('runs/create', begun, /"run_id":\s*"(\w+)"/)
  await post('runs/log-metric', { run_id: run, key: 'loss', value: 0.5, timestamp, step: 0 })
  await send('PUT', `mlflow-artifacts/artifacts/${id}/${run}/artifacts/note.txt`, `${TEXT}\n`, /^/)
  await post('runs/update', { run_id: run, status: 'FINISHED', end_time: timestamp + 1000 })
  http.close()
  return id
}
