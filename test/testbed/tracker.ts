// In: the address of a server and a login. Out: a client that writes as training runs do, and counts what was accepted.
import { createHash } from 'node:crypto'
import { request } from 'node:https'
import { Readable } from 'node:stream'

interface Login {
  readonly user: string
  readonly password: string
  readonly ca: string
}

export interface Load {
  /** How many writes were accepted, and how many were not, so far. */
  accepted(): number
  refused(): number
  /** The steps of the metrics that were accepted. */
  steps(): readonly number[]
  stop(): Promise<void>
}

export interface Tracker {
  startRun(name: string): Promise<string>
  /** Logs one metric after the other, each with a step of its own. */
  logUntilStopped(runId: string): Load
  metricSteps(runId: string): Promise<ReadonlySet<number>>
  countRuns(): Promise<number>
  /** Sends so many bytes through the server; returns their SHA-256. */
  upload(runId: string, name: string, bytes: number): Promise<string>
  download(runId: string, name: string): Promise<{ readonly bytes: number; readonly digest: string }>
}

const CHUNK = 4_000_000
const METRIC = 'loss'
const TIME_LIMIT_MS = 15_000

export async function makeTracker(url: string, login: Login): Promise<Tracker> {
  const send = sender(url, login)
  // What tests read of MLflow's answers, they know.
  // oxlint-disable-next-line typescript/no-explicit-any
  const call = async (method: string, path: string, body?: object): Promise<any> => {
    const answer = await send(method, `/api/2.0/mlflow/${path}`, body === undefined ? undefined : JSON.stringify(body))
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`)
    return JSON.parse(answer.text)
  }
  const { experiment_id: experiment } = await call('POST', 'experiments/create', { name: `e2e ${Date.now()}` })
  const artifact = async (runId: string, name: string) => {
    const { run } = await call('GET', `runs/get?run_id=${runId}`)
    const root = String(run.info.artifact_uri).replace('mlflow-artifacts:/', '')
    return `/api/2.0/mlflow-artifacts/artifacts/${root}/${name}`
  }
  return {
    async startRun(name) {
      const { run } = await call('POST', 'runs/create', {
        experiment_id: experiment,
        run_name: name,
        start_time: Date.now(),
      })
      return run.info.run_id
    },
    logUntilStopped: (runId) => load((step) => log(send, runId, step)),
    async metricSteps(runId) {
      const { metrics = [] } = await call('GET', `metrics/get-history?run_id=${runId}&metric_key=${METRIC}`)
      return new Set(metrics.map(({ step }: { step: number }) => step))
    },
    async countRuns() {
      const { runs = [] } = await call('POST', 'runs/search', { experiment_ids: [experiment], max_results: 1000 })
      return runs.length
    },
    async upload(runId, name, bytes) {
      const hash = createHash('sha256')
      const body = Readable.from(chunks(bytes, hash), { objectMode: false })
      const answer = await send('PUT', await artifact(runId, name), body)
      if (answer.status !== 200) throw new Error(`upload: ${answer.status} ${answer.text}`)
      return hash.digest('hex')
    },
    download: async (runId, name) => digestOf(url, login, await artifact(runId, name)),
  }
}

function* chunks(bytes: number, hash: ReturnType<typeof createHash>): Generator<Buffer> {
  for (let sent = 0; sent < bytes; sent += CHUNK) {
    const chunk = Buffer.alloc(Math.min(CHUNK, bytes - sent), sent / CHUNK)
    hash.update(chunk)
    yield chunk
  }
}

function load(write: (step: number) => Promise<boolean>): Load {
  const steps: number[] = []
  const ended = new AbortController()
  let refused = 0
  const work = (async () => {
    for (let step = 0; !ended.signal.aborted; step += 1) {
      if (await write(step)) steps.push(step)
      else refused += 1
    }
  })()
  return {
    accepted: () => steps.length,
    refused: () => refused,
    steps: () => steps,
    stop: async () => {
      ended.abort()
      await work
    },
  }
}

async function log(send: Sender, runId: string, step: number): Promise<boolean> {
  const body = JSON.stringify({ run_id: runId, key: METRIC, value: 1 / (step + 1), timestamp: Date.now(), step })
  try {
    return (await send('POST', '/api/2.0/mlflow/runs/log-metric', body)).status === 200
  } catch {
    return false
  }
}

type Sender = (
  method: string,
  path: string,
  body?: string | Readable,
) => Promise<{ readonly status: number; readonly text: string }>

function options(url: string, { user, password, ca }: Login, method: string, path: string) {
  const { hostname, port } = new URL(url)
  const headers = { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  return { hostname, port, method, path, ca, headers, agent: false as const }
}

function sender(url: string, login: Login): Sender {
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const asked = request(options(url, login, method, path), (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => (text += part))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
        answer.on('error', reject)
      })
      asked.on('error', reject)
      if (typeof body === 'string') {
        asked.setTimeout(TIME_LIMIT_MS, () => asked.destroy(new Error('no answer')))
        asked.setHeader('Content-Type', 'application/json')
        asked.end(body)
      } else if (body === undefined) asked.end()
      else body.pipe(asked)
    })
}

function digestOf(url: string, login: Login, path: string): Promise<{ bytes: number; digest: string }> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256')
    let bytes = 0
    const asked = request(options(url, login, 'GET', path), (answer) => {
      answer.on('data', (part: Buffer) => {
        hash.update(part)
        bytes += part.length
      })
      answer.on('end', () => resolve({ bytes, digest: hash.digest('hex') }))
      answer.on('error', reject)
    })
    asked.on('error', reject)
    asked.end()
  })
}
