// In: RestTrip. Out: whether the login opens the door, and nothing else does.
import { StepFailure } from '../failure.ts'
import { buildApiUrl } from '../rest/artifact-address.ts'
import type { RestStep, RestTrip } from '../rest/rest-step.ts'
import { answerFailure } from '../rest/tracking-api.ts'
import type { TestLogin } from '../rest/tracking-api.ts'
import { Secret } from '../../secret.ts'

const GOAL = 'Asking for the experiments'
const SEARCH = '/api/2.0/mlflow/experiments/search'
/** What must not be open where a login is promised: the UI, its calls, the files. */
const CLOSED = ['/', '/version', '/ajax-api/2.0/mlflow/experiments/search', '/api/2.0/mlflow-artifacts/artifacts']

export const login: RestStep = {
  id: 'login',
  title: 'login',
  needs: ['server'],
  // The first call of a worker opens its database, which takes its time on a slow machine.
  timeoutMs: 30_000,
  run: async (trip) => {
    const { user, promises } = trip.subject
    const response = await ask(trip, true)
    if (response.status !== 200) throw answerFailure(GOAL, response)
    if (user === undefined) return { detail: 'not asked for' }
    const anonymous = await ask(trip, false)
    if (anonymous.status === 200 && promises?.login !== true) return { detail: `${user}, though nobody asks for one` }
    const paths = promises?.login === true ? [SEARCH, ...CLOSED] : [SEARCH]
    await Promise.all(paths.map((path) => refuseAnonymous(trip, path)))
    await refuseWrongPassword(trip, user)
    return { detail: `${user}; nobody without the password` }
  },
}

async function refuseAnonymous(trip: RestTrip, path: string): Promise<void> {
  const { status } = await ask(trip, false, path)
  if (status >= 400) return
  throw new StepFailure(`${path} is open to everybody: without a login it answered ${status}.`, { text: 'open' })
}

async function refuseWrongPassword(trip: RestTrip, user: string): Promise<void> {
  const { status } = await ask(trip, { user, password: new Secret(`wrong-${trip.random.hex(16)}`) })
  if (status >= 400) return
  throw new StepFailure(`A wrong password of ${user} was let in with ${status}.`, { text: 'open' })
}

function ask({ api, subject }: RestTrip, as: boolean | TestLogin, path = SEARCH) {
  const url = buildApiUrl(subject.trackingUri, path, path.endsWith('/search') ? { max_results: '1' } : {})
  return api.exchange({ goal: GOAL, method: 'GET', url, login: as })
}
