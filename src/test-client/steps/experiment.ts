// In: RestTrip. Out: an experiment of the proof's own, read back.
import { object, safeParse, string } from 'valibot'
import { answerFailure } from '../rest/tracking-api.ts'
import type { TrackingApi } from '../rest/tracking-api.ts'
import { StepFailure } from '../failure.ts'
import { buildApiUrl } from '../rest/artifact-address.ts'
import type { RestStep } from '../rest/rest-step.ts'

const Created = object({ experiment_id: string() })
const Experiment = object({
  experiment: object({ experiment_id: string(), artifact_location: string(), lifecycle_stage: string() }),
})

export const experiment: RestStep = {
  id: 'experiment',
  title: 'experiment',
  needs: ['login'],
  timeoutMs: 30_000,
  run: async ({ api, name, subject, undoLater }) => {
    undoLater((later) => removeExperiment(later, subject.trackingUri, name))
    const path = '/api/2.0/mlflow/experiments/create'
    const created = await api.call({ goal: 'Creating an experiment', method: 'POST', path, body: { name } }, Created)
    const query = { experiment_name: name }
    const goal = 'Reading the experiment back'
    const read = await api.call(
      { goal, method: 'GET', path: '/api/2.0/mlflow/experiments/get-by-name', query },
      Experiment,
    )
    if (read.experiment.experiment_id !== created.experiment_id) {
      throw new StepFailure(
        `The experiment was created as ${created.experiment_id} and found as ${read.experiment.experiment_id}.`,
      )
    }
    return {
      detail: `files go to ${read.experiment.artifact_location}`,
      found: { experimentId: created.experiment_id },
    }
  },
}

/** By name, because a creation that was cut short has left no id. Its runs go with it. */
async function removeExperiment(api: TrackingApi, trackingUri: string, name: string): Promise<void> {
  const url = buildApiUrl(trackingUri, '/api/2.0/mlflow/experiments/get-by-name', { experiment_name: name })
  const goal = 'Looking for the experiment'
  const response = await api.exchange({ goal, method: 'GET', url })
  if (response.status === 404) return
  const found = safeParse(Experiment, response.json())
  if (response.status !== 200 || !found.success) throw answerFailure(goal, response)
  const { lifecycle_stage, experiment_id } = found.output.experiment
  if (lifecycle_stage === 'deleted') return
  const path = '/api/2.0/mlflow/experiments/delete'
  await api.call({ goal: 'Deleting the experiment', method: 'POST', path, body: { experiment_id } }, object({}))
}
