// In: the URI of a model, and the stack's server. Out: nothing, where the server knows the model.
import { ExternalError, UserError } from '../../errors.ts'
import { parseModelUri, whyNotModelUri, type ModelUri } from '../../formats/model-uri.ts'
import { formatServerWords } from '../../test-client/format-detail.ts'
import { buildApiUrl } from '../../test-client/rest/artifact-address.ts'
import type { TrackingApi } from '../../test-client/rest/tracking-api.ts'
import type { TestSubject } from '../../test-client/step.ts'

/** Throws UserError `model.uri` and `model.unknown`, and ExternalError `model.no-answer` where the server has another trouble. */
export async function requireModel(uri: string, { trackingUri }: TestSubject, api: TrackingApi): Promise<void> {
  const model = parseModelUri(uri)
  if (model === undefined)
    throw new UserError('model.uri', `${JSON.stringify(uri)} ${whyNotModelUri(uri) ?? ''}.`, {
      hint: { text: 'The page of the model in the UI names it.', command: 'mlflow-setup model serve models:/fraud/3' },
    })
  const { path, query } = lookUp(model)
  const goal = `Looking for ${uri}`
  const { status, text } = await api.exchange({ goal, method: 'GET', url: buildApiUrl(trackingUri, path, query) })
  if (status === 200) return
  const words = formatServerWords(text())
  if (status === 404 || status === 400)
    throw new UserError('model.unknown', `The server knows no ${uri}. Nothing was changed.`, {
      because: `It says: ${words}`,
      hint: { text: 'Look at the models that are registered, in the UI.' },
    })
  throw new ExternalError('model.no-answer', `${goal} failed: the server answered ${status}.`, {
    because: words,
    hint: { text: 'Look at the stack first.', command: 'mlflow-setup test' },
  })
}

function lookUp(model: ModelUri): { readonly path: string; readonly query: Readonly<Record<string, string>> } {
  const at = (path: string, query: Readonly<Record<string, string>> = {}) => ({
    path: `/api/2.0/mlflow/${path}`,
    query,
  })
  switch (model.kind) {
    case 'version':
      return at('model-versions/get', { name: model.name, version: model.version })
    case 'alias':
      return at('registered-models/alias', { name: model.name, alias: model.alias })
    case 'model':
      return at(`logged-models/${model.id}`)
    case 'run':
      return at('runs/get', { run_id: model.run })
  }
}
