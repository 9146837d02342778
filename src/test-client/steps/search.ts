// In: RestTrip with a run. Out: whether searches find that run, and only where it fits.
import { array, object, optional, string } from 'valibot'
import { StepFailure } from '../failure.ts'
import { required } from '../rest/rest-step.ts'
import type { RestStep } from '../rest/rest-step.ts'

const Runs = object({ runs: optional(array(object({ info: object({ run_id: string() }) })), []) })

export const search: RestStep = {
  id: 'search',
  title: 'search',
  needs: ['run'],
  timeoutMs: 30_000,
  run: async ({ api, found }) => {
    const runId = required(found.runId)
    const find = async (filter: string) => {
      const body = { experiment_ids: [required(found.experimentId)], filter, max_results: 5 }
      const answer = await api.call(
        { goal: 'Searching runs', method: 'POST', path: '/api/2.0/mlflow/runs/search', body },
        Runs,
      )
      return answer.runs.map((one) => one.info.run_id)
    }
    const hits = await find("metrics.loss < 0.5 and params.optimiser = 'sgd'")
    if (hits.length !== 1 || hits[0] !== runId)
      throw new StepFailure(`A search that fits one run found ${hits.length}.`)
    const misses = await find('metrics.loss > 2')
    if (misses.length > 0) throw new StepFailure(`A search that fits no run found ${misses.length}.`)
    return { detail: 'found by metric and parameter' }
  },
}
