import { buildApiUrl } from '../rest/artifact-address.ts'
import type { RestStep, RestTrip } from '../rest/rest-step.ts'
import { answerFailure } from '../rest/tracking-api.ts'

export const login: RestStep = {
  id: 'login',
  title: 'login',
  needs: ['server'],
  // The first call of a worker opens its database, which takes its time on a slow machine.
  timeoutMs: 30_000,
  run: async (trip) => {
    const response = await ask(trip, true)
    if (response.status !== 200) throw answerFailure('Asking for the experiments', response)
    if (trip.subject.user === undefined) return { detail: 'not asked for' }
    const anonymous = await ask(trip, false)
    return { detail: anonymous.status === 200 ? `${trip.subject.user}, though nobody asks for one` : trip.subject.user }
  },
}

function ask(trip: RestTrip, withLogin: boolean) {
  const url = buildApiUrl(trip.subject.trackingUri, '/api/2.0/mlflow/experiments/search', { max_results: '1' })
  return trip.api.exchange({ goal: 'Asking for the experiments', method: 'GET', url, login: withLogin })
}
