// In: RestTrip. Out: the version of the server, and that it sends clients nowhere they cannot go.
import { boolean, nullish, object, optional, safeParse, string } from 'valibot'
import { StepFailure } from '../failure.ts'
import { buildApiUrl } from '../rest/artifact-address.ts'
import type { RestStep, RestTrip } from '../rest/rest-step.ts'
import { answerFailure } from '../rest/tracking-api.ts'

const Flag = optional(boolean(), false)
const ServerInfo = object({
  store_type: nullish(string()),
  multipart_uploads_enabled: Flag,
  multipart_downloads_enabled: Flag,
  // As 3.15 called them.
  presigned_uploads_enabled: Flag,
  presigned_downloads_enabled: Flag,
})

/** Who asks for a login answers 401: that is the next step's affair, and the server's answer all the same. */
const ASKS_FOR_LOGIN = 401

export const server: RestStep = {
  id: 'server',
  title: 'server answers',
  needs: [],
  timeoutMs: 30_000,
  run: async (trip) => {
    const version = await readVersion(trip)
    await checkFeatures(trip)
    return version === undefined ? { detail: 'asks for a login' } : { detail: version, found: { version } }
  },
}

async function readVersion(trip: RestTrip): Promise<string | undefined> {
  const goal = 'Asking for the version'
  const url = buildApiUrl(trip.subject.trackingUri, '/version')
  const response = await trip.api.exchange({ goal, method: 'GET', url })
  if (response.status === ASKS_FOR_LOGIN) return undefined
  const version = /^\d+\.\d+[\w.+-]*$/.exec(response.text().trim())?.[0]
  if (response.status !== 200 || version === undefined) throw answerFailure(goal, response)
  return version
}

/** `/version` is exempt from the check of the Host header, the API is not (seen with 3.17), so green there says little. */
async function checkFeatures(trip: RestTrip): Promise<void> {
  const goal = 'Asking for the server’s features'
  const url = buildApiUrl(trip.subject.trackingUri, '/api/3.0/mlflow/server-info')
  const response = await trip.api.exchange({ goal, method: 'GET', url })
  // Older servers have no such call.
  if (response.status === 404 || response.status === ASKS_FOR_LOGIN) return
  const parsed = safeParse(ServerInfo, response.json())
  if (response.status !== 200 || !parsed.success) throw answerFailure(goal, response)
  // An artifact server has no tracking store and says null (seen with 3.17).
  if (parsed.output.store_type === null) {
    throw new StepFailure('The server keeps files only, no runs.', { text: 'running in `--artifacts-only` mode' })
  }
  const { store_type: _store, ...offers } = parsed.output
  if (trip.subject.promises?.storeReachable === false && Object.values(offers).includes(true)) {
    throw new StepFailure('The server sends clients to the object store.', { text: response.text() })
  }
}
