// In: RestTrip with a run. Out: a registered model with a version, found by its alias.
import { array, object, optional, string } from 'valibot'
import { StepFailure } from '../failure.ts'
import { buildApiUrl } from '../rest/artifact-address.ts'
import { required } from '../rest/rest-step.ts'
import type { RestStep } from '../rest/rest-step.ts'
import { answerFailure } from '../rest/tracking-api.ts'
import type { TrackingApi } from '../rest/tracking-api.ts'

const MODELS = '/api/2.0/mlflow/registered-models'
const VERSIONS = '/api/2.0/mlflow/model-versions'
const ALIAS = 'champion'
const Version = object({
  model_version: object({ version: string(), run_id: optional(string(), ''), aliases: optional(array(string()), []) }),
})

export const model: RestStep = {
  id: 'model',
  title: 'model',
  needs: ['run'],
  timeoutMs: 30_000,
  run: async ({ api, name, subject, found, undoLater }) => {
    const runId = required(found.runId)
    undoLater((later) => removeModel(later, subject.trackingUri, name))
    await api.call(
      { goal: 'Registering a model', method: 'POST', path: `${MODELS}/create`, body: { name } },
      object({}),
    )
    const source = { name, source: `${required(found.artifactUri)}/model`, run_id: runId }
    const goal = 'Creating a model version'
    const { model_version } = await api.call(
      { goal, method: 'POST', path: `${VERSIONS}/create`, body: source },
      Version,
    )
    const alias = { name, alias: ALIAS, version: model_version.version }
    await api.call({ goal: 'Setting an alias', method: 'POST', path: `${MODELS}/alias`, body: alias }, object({}))
    const query = { name, alias: ALIAS }
    const read = await api.call(
      { goal: 'Reading the model by its alias', method: 'GET', path: `${MODELS}/alias`, query },
      Version,
    )
    if (read.model_version.version !== model_version.version || read.model_version.run_id !== runId) {
      throw new StepFailure(
        `The alias leads to version ${read.model_version.version}, not to ${model_version.version}.`,
      )
    }
    return { detail: `registered, version ${model_version.version}, alias ${ALIAS}` }
  },
}

/** With its versions and aliases. */
async function removeModel(api: TrackingApi, trackingUri: string, name: string): Promise<void> {
  const goal = 'Deleting the model'
  const response = await api.exchange({
    goal,
    method: 'DELETE',
    url: buildApiUrl(trackingUri, `${MODELS}/delete`),
    body: JSON.stringify({ name }),
    headers: { 'content-type': 'application/json' },
  })
  if (response.status !== 200 && response.status !== 404) throw answerFailure(goal, response)
}
