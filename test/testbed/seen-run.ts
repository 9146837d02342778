// In: a stack and a login. Out: a run with a metric and a file, and what a person sees of it in Chromium.
import { expect } from 'vitest'
import { Secret } from '../../src/secret.ts'
import type { Chromium, SeenPage } from './chromium.ts'
import { realPorts } from './services.ts'

const TEXT = 'Grüße aus dem Artefakt'
/** MLflow's UI asks for it to find out whether MLflow's own login is on. */
const WITHOUT_BASIC_AUTH = /^404 .*\/ajax-api\/2\.0\/mlflow\/users\/current$/
/** A page that is left takes back what it still waits for. */
const TAKEN_BACK = /^net::ERR_ABORTED /

interface Place {
  readonly url: string
  readonly login: { readonly username: string; readonly password: string }
}

/** An experiment with one run, one metric and one file, as a client without Python makes them. Returns the experiment's id. */
export async function logSeenRun({ url, login, ca }: Place & { readonly ca: string | undefined }): Promise<string> {
  const { http } = realPorts()
  const secret = { user: login.username, password: new Secret(login.password) }
  const send = async (method: 'POST' | 'PUT', path: string, body: string, pick: RegExp) => {
    const headers = { 'content-type': method === 'POST' ? 'application/json' : 'text/plain' }
    const common = { method, login: secret, headers, body, timeoutMs: 30_000, ...(ca === undefined ? {} : { ca }) }
    const answer = await http.request({ ...common, url: `${url}/api/2.0/${path}` })
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

interface Seen extends Place {
  readonly experimentId: string
  /** The name of its pictures. */
  readonly keptAs: string
}

const NETWORK_CHANGED = 'net::ERR_NETWORK_CHANGED'
const ATTEMPTS = 10

/** From the list of experiments to the text of the run's file. Returns the answers that were faults. */
export async function lookAtRun(browser: Chromium, seen: Seen): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const opened = await browser.open(seen.login)
    // Chromium drops all that is under way when an interface comes or goes, as those of other tests' containers do.
    let changed = false
    opened.page.on('requestfailed', (request) => {
      if (request.failure()?.errorText !== NETWORK_CHANGED) return
      changed = true
      void opened.page.close()
    })
    const failure = await look(opened, seen).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    if (changed && attempt < ATTEMPTS) continue
    if (failure !== undefined) throw failure.error
    return opened.faults.filter((fault) => !WITHOUT_BASIC_AUTH.test(fault) && !TAKEN_BACK.test(fault))
  }
}

async function look({ page, keep }: SeenPage, { url, experimentId, keptAs }: Seen): Promise<void> {
  await page.goto(url)
  await page.getByRole('link', { name: 'seen in a browser' }).first().waitFor()
  await keep(`${keptAs}-home`)
  await page.goto(`${url}/#/experiments/${experimentId}/runs`)
  await page.getByRole('link', { name: 'first run' }).click()
  await page.getByText('loss').first().waitFor()
  await keep(`${keptAs}-run`)
  await page.getByRole('tab', { name: 'Artifacts' }).click()
  await page.getByText('note.txt').first().click()
  await page.getByText(TEXT).waitFor()
  await keep(`${keptAs}-artifact`)
  expect(await page.getByText(/^Path:/).textContent()).toContain('mlflow-artifacts:/')
}
