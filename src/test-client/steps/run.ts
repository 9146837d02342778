// In: RestTrip with an experiment. Out: a run with parameters, metrics and tags, read back.
import { array, number, object, optional, string } from 'valibot'
import { StepFailure } from '../failure.ts'
import { required } from '../rest/rest-step.ts'
import type { RestStep, RestTrip } from '../rest/rest-step.ts'

const RUNS = '/api/2.0/mlflow/runs'
const BATCH_STEPS = 39
const Nothing = object({})
const Info = object({ run_id: string(), artifact_uri: string(), status: string() })
const Pairs = optional(array(object({ key: string(), value: string() })), [])
const Run = object({ run: object({ info: Info, data: object({ params: Pairs, tags: Pairs }) }) })
const History = object({ metrics: optional(array(object({ value: number(), step: optional(number(), 0) })), []) })

/** What is written, and has to be read back. */
const PARAMS = { learning_rate: '0.1', batch_size: '32', optimiser: 'sgd', seed: '7', note: 'mlflow-setup' }
const TAGS = { 'mlflow-setup.test': 'true', purpose: 'proof' }

export const run: RestStep = {
  id: 'run',
  title: 'run',
  needs: ['experiment'],
  timeoutMs: 30_000,
  run: async (trip) => {
    const info = await createRun(trip)
    await logOneByOne(trip, info.run_id)
    await logBatch(trip, info.run_id)
    const ended = { run_id: info.run_id, status: 'FINISHED', end_time: trip.clock.now().getTime() }
    await trip.api.call({ goal: 'Finishing the run', method: 'POST', path: `${RUNS}/update`, body: ended }, Nothing)
    await verifyRun(trip, info.run_id)
    await verifyHistory(trip, info.run_id)
    const detail = `${Object.keys(PARAMS).length} parameters, ${BATCH_STEPS + 1} metrics, ${Object.keys(TAGS).length} tags`
    return { detail, found: { runId: info.run_id, artifactUri: info.artifact_uri } }
  },
}

async function createRun({ api, clock, found, name }: RestTrip) {
  const body = { experiment_id: required(found.experimentId), run_name: name, start_time: clock.now().getTime() }
  const created = await api.call(
    { goal: 'Creating a run', method: 'POST', path: `${RUNS}/create`, body },
    object({ run: object({ info: Info }) }),
  )
  return created.run.info
}

async function logOneByOne({ api, clock }: RestTrip, run_id: string): Promise<void> {
  const param = { run_id, key: 'learning_rate', value: PARAMS.learning_rate }
  await api.call({ goal: 'Logging a parameter', method: 'POST', path: `${RUNS}/log-parameter`, body: param }, Nothing)
  const metric = { run_id, key: 'loss', value: metricAt(0), timestamp: clock.now().getTime(), step: 0 }
  await api.call({ goal: 'Logging a metric', method: 'POST', path: `${RUNS}/log-metric`, body: metric }, Nothing)
  const tag = { run_id, key: 'purpose', value: TAGS.purpose }
  await api.call({ goal: 'Setting a tag', method: 'POST', path: `${RUNS}/set-tag`, body: tag }, Nothing)
}

async function logBatch({ api, clock }: RestTrip, run_id: string): Promise<void> {
  const timestamp = clock.now().getTime()
  const metrics = Array.from({ length: BATCH_STEPS }, (_, i) => ({
    key: 'loss',
    value: metricAt(i + 1),
    timestamp,
    step: i + 1,
  }))
  const body = { run_id, metrics, params: pairs(PARAMS), tags: pairs(TAGS) }
  await api.call({ goal: 'Logging a batch', method: 'POST', path: `${RUNS}/log-batch`, body }, Nothing)
}

async function verifyRun({ api }: RestTrip, run_id: string): Promise<void> {
  const read = await api.call(
    { goal: 'Reading the run back', method: 'GET', path: `${RUNS}/get`, query: { run_id } },
    Run,
  )
  const missing = [
    ...missingPairs(pairs(PARAMS), read.run.data.params).map((key) => `parameter ${key}`),
    ...missingPairs(pairs(TAGS), read.run.data.tags).map((key) => `tag ${key}`),
    ...(read.run.info.status === 'FINISHED' ? [] : ['status FINISHED']),
  ]
  if (missing.length > 0) throw new StepFailure(`The run was read back without ${missing.join(', ')}.`)
}

async function verifyHistory({ api }: RestTrip, run_id: string): Promise<void> {
  const query = { run_id, metric_key: 'loss' }
  const path = '/api/2.0/mlflow/metrics/get-history'
  const read = await api.call({ goal: 'Reading the metrics back', method: 'GET', path, query }, History)
  const good = read.metrics.filter((metric) => metric.value === metricAt(metric.step)).length
  if (good !== BATCH_STEPS + 1) throw new StepFailure(`Of ${BATCH_STEPS + 1} metric values ${good} came back.`)
}

/** Falls from 1; a binary fraction, so that every database gives it back exactly. */
function metricAt(step: number): number {
  return 1 - step / 64
}

function pairs(record: Readonly<Record<string, string>>) {
  return Object.entries(record).map(([key, value]) => ({ key, value }))
}

type Pair = ReturnType<typeof pairs>[number]

function missingPairs(wanted: readonly Pair[], seen: readonly Pair[]): string[] {
  return wanted
    .filter(({ key, value }) => !seen.some((pair) => pair.key === key && pair.value === value))
    .map(({ key }) => key)
}
