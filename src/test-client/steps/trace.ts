// In: RestTrip with an experiment. Out: a trace, written, read and found.
import { array, object, optional, string } from 'valibot'
import { StepFailure } from '../failure.ts'
import { required } from '../rest/rest-step.ts'
import type { RestStep } from '../rest/rest-step.ts'
import type { TrackingApi } from '../rest/tracking-api.ts'

const TRACES = '/api/3.0/mlflow/traces'
const Info = object({ trace_id: string(), state: string(), request_preview: optional(string()) })
const Trace = object({ trace: object({ trace_info: Info }) })
const Traces = object({ traces: optional(array(Info), []) })
const REQUEST = 'Does tracing work?'

export const trace: RestStep = {
  id: 'trace',
  title: 'trace',
  needs: ['experiment'],
  timeoutMs: 30_000,
  run: async ({ api, clock, random, found, undoLater }) => {
    const experimentId = required(found.experimentId)
    const traceId = `tr-${random.hex(32)}`
    const place = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }
    undoLater((later) => removeTrace(later, experimentId, traceId))
    const body = { trace: { trace_info: buildTrace(traceId, place, clock.now()) } }
    await api.call({ goal: 'Writing a trace', method: 'POST', path: TRACES, body }, Trace)
    const read = await api.call({ goal: 'Reading the trace back', method: 'GET', path: `${TRACES}/${traceId}` }, Trace)
    if (read.trace.trace_info.state !== 'OK' || read.trace.trace_info.request_preview !== REQUEST) {
      throw new StepFailure('The trace came back with another content.')
    }
    const query = { locations: [place], max_results: 5 }
    const list = await api.call(
      { goal: 'Searching traces', method: 'POST', path: `${TRACES}/search`, body: query },
      Traces,
    )
    const ids = list.traces.map((one) => one.trace_id)
    if (ids.length !== 1 || ids[0] !== traceId)
      throw new StepFailure(`A search that fits one trace found ${ids.length}.`)
    return { detail: 'written, read, found' }
  },
}

function buildTrace(traceId: string, place: unknown, now: Date) {
  return {
    trace_id: traceId,
    trace_location: place,
    request_time: now.toISOString(),
    execution_duration: '0.5s',
    state: 'OK',
    request_preview: REQUEST,
    response_preview: 'Yes.',
    tags: { 'mlflow-setup.test': 'true' },
  }
}

async function removeTrace(api: TrackingApi, experimentId: string, traceId: string): Promise<void> {
  const body = { experiment_id: experimentId, request_ids: [traceId] }
  const path = '/api/2.0/mlflow/traces/delete-traces'
  await api.call({ goal: 'Deleting the trace', method: 'POST', path, body }, object({}))
}
