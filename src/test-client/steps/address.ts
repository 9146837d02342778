// In: RestTrip of a stack that promises something. Out: whether its public address keeps that.
import { isLoopbackHost } from '../../answers/public-address.ts'
import { StepFailure } from '../failure.ts'
import { buildApiUrl } from '../rest/artifact-address.ts'
import type { RestOutcome, RestStep, RestTrip } from '../rest/rest-step.ts'
import { answerFailure } from '../rest/tracking-api.ts'
import type { TrackingApi } from '../rest/tracking-api.ts'
import type { Promises } from '../step.ts'

/** Firewalls drop what they do not let through: no answer for this long is as good as a refusal. */
const SILENCE_MS = 2000

/** What a stack promises at its public address, seen as a browser and as a stranger. */
export const address: RestStep = {
  id: 'address',
  title: 'public address',
  appliesTo: ({ promises }) => promises !== undefined,
  needs: ['server'],
  timeoutMs: 30_000,
  run: async (trip): Promise<RestOutcome> => {
    const promises = trip.subject.promises
    if (promises === undefined) return { detail: 'nothing was promised', skipped: true }
    const seen = await Promise.all([
      checkHealth(trip),
      checkBrowser(trip),
      checkRedirect(trip, promises),
      checkInnerPorts(trip, promises),
    ])
    return { detail: seen.filter((part) => part !== undefined).join(', ') }
  },
}

/** Load balancers and monitors have no login. */
async function checkHealth({ api, subject }: RestTrip): Promise<string> {
  const goal = 'Asking for /health without a login'
  await api.transfer({ goal, method: 'GET', url: buildApiUrl(subject.trackingUri, '/health'), login: false })
  return '/health open'
}

/** A page that loads and then stays empty is what a browser shows when its origin is not on MLflow's list. */
async function checkBrowser({ api, subject }: RestTrip): Promise<string> {
  const page = 'Loading the page of the UI'
  const answer = await api.transfer({ goal: page, method: 'GET', url: buildApiUrl(subject.trackingUri, '/') })
  if (!(answer.headers['content-type'] ?? '').startsWith('text/html')) throw answerFailure(page, answer)
  const goal = 'Asking for the experiments as the UI does'
  const headers = { origin: new URL(subject.trackingUri).origin, 'content-type': 'application/json' }
  const url = buildApiUrl(subject.trackingUri, '/ajax-api/2.0/mlflow/experiments/search')
  await api.transfer({ goal, method: 'POST', url, headers, body: JSON.stringify({ max_results: 1 }) })
  return 'UI answers'
}

/** Only 307 and 308 leave a POST a POST. */
async function checkRedirect({ api, subject }: RestTrip, { redirectFrom }: Promises): Promise<string | undefined> {
  if (redirectFrom === undefined) return undefined
  const goal = 'Asking for the plain address'
  const answer = await api.exchange({ goal, method: 'POST', url: `${redirectFrom}/health`, login: false })
  const target = answer.headers['location'] ?? ''
  if ([307, 308].includes(answer.status) && target.startsWith(new URL(subject.trackingUri).origin)) {
    return 'http:// leads to https://'
  }
  throw new StepFailure(`${redirectFrom} does not lead on to https://: it answered ${answer.status}.`, {
    status: answer.status,
    headers: answer.headers,
    text: answer.text().slice(0, 1000),
  })
}

/** Only by a name that leads here can a machine see itself from outside. */
async function checkInnerPorts({ api, subject }: RestTrip, { innerPorts }: Promises): Promise<string | undefined> {
  const { hostname } = new URL(subject.trackingUri)
  if (subject.connectTo !== undefined || innerPorts.length === 0 || isLoopbackHost(hostname)) return undefined
  for (const port of innerPorts) {
    if (!(await answers(api, `http://${hostname}:${port}/health`))) continue
    throw new StepFailure(`${hostname}:${port} answers, past nginx and its login.`, { text: 'open inner port' })
  }
  return "MLflow's own port closed"
}

async function answers(api: TrackingApi, url: string): Promise<boolean> {
  try {
    await api.exchange({ goal: 'Asking past nginx', method: 'GET', url, login: false, timeoutMs: SILENCE_MS })
    return true
  } catch (error) {
    if (error instanceof StepFailure) return false
    throw error
  }
}
