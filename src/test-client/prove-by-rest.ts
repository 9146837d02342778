// In: a TestSubject with an http(s) address. Out: StepResult[], what a client without Python could do there.
import type { Clock } from '../ports/clock.ts'
import type { Http } from '../ports/http.ts'
import type { ObjectStores } from '../ports/object-stores.ts'
import type { Random } from '../ports/random.ts'
import { explainFailure } from './explain-failure.ts'
import { StepFailure } from './failure.ts'
import { REST_STEPS } from './rest/catalogue.ts'
import type { Found, RestOutcome, RestStep, RestTrip, Undo } from './rest/rest-step.ts'
import { makeTrackingApi } from './rest/tracking-api.ts'
import { buildProofName } from './proof-name.ts'
import type { StepResult, TestSubject } from './step.ts'

export interface ProofOptions {
  /** Leave experiment, run, files, model and trace on the server. */
  readonly keep: boolean
  /** Each result as soon as it is there. */
  readonly onStep?: (result: StepResult) => void
  readonly signal: AbortSignal
}

interface Proof {
  readonly subject: TestSubject
  readonly ports: {
    readonly http: Http
    readonly clock: Clock
    readonly random: Random
    /** For clients that write to the bucket themselves. */
    readonly objectStores?: ObjectStores
  }
  readonly options: ProofOptions
  readonly name: string
  readonly results: StepResult[]
  readonly undos: Undo[]
  found: Found
}

/** Taking things away again gets its own time, also after an abort. Milliseconds. */
const CLEANUP_MS = 30_000

/**
 * Runs all steps against the server, one after the other, and takes everything away that they created. A failed step is a result, its
 * dependents are skipped. Throws the signal's reason when aborted, after the clean-up.
 */
export async function proveByRest(
  subject: TestSubject,
  ports: Proof['ports'],
  options: ProofOptions,
): Promise<StepResult[]> {
  const name = buildProofName(ports.clock, ports.random)
  const proof: Proof = { subject, ports, options, name, results: [], undos: [], found: {} }
  try {
    for (const step of REST_STEPS.filter((each) => each.appliesTo?.(subject) ?? true)) {
      options.signal.throwIfAborted()
      report(proof, await runStep(proof, step))
    }
  } finally {
    if (proof.undos.length > 0) report(proof, await cleanUp(proof))
  }
  return proof.results
}

function report(proof: Proof, result: StepResult): void {
  proof.results.push(result)
  proof.options.onStep?.(result)
}

async function runStep(proof: Proof, step: RestStep): Promise<StepResult> {
  const blocker = step.needs.find((id) => proof.results.find((result) => result.id === id)?.status !== 'passed')
  const base = { id: step.id, transport: 'rest', title: step.title } as const
  if (blocker !== undefined) {
    return { ...base, status: 'skipped', detail: `needs ${blocker}`, milliseconds: 0, blockedBy: blocker }
  }
  const { clock } = proof.ports
  const start = clock.monotonic()
  const elapsed = () => Math.round(clock.monotonic() - start)
  try {
    const outcome = await runWithin(proof, step)
    proof.found = { ...proof.found, ...outcome.found }
    const status = outcome.skipped === true ? 'skipped' : 'passed'
    return { ...base, status, detail: outcome.detail, milliseconds: elapsed() }
  } catch (error) {
    proof.options.signal.throwIfAborted()
    return { ...base, status: 'failed', milliseconds: elapsed(), ...describeFailure(proof, step.id, error) }
  }
}

async function runWithin(proof: Proof, step: RestStep): Promise<RestOutcome> {
  const limit = AbortSignal.timeout(step.timeoutMs)
  const signal = AbortSignal.any([limit, proof.options.signal])
  const trip = buildTrip(proof, { timeoutMs: step.timeoutMs, signal })
  return await step.run(trip).catch((error: unknown) => Promise.reject(asLate(error, limit, step.timeoutMs)))
}

/** Our own time limit is a failure of the step; an abort by the user stays what it is. */
function asLate(error: unknown, limit: AbortSignal, ms: number): unknown {
  if (!limit.aborted || error instanceof StepFailure) return error
  return new StepFailure(`It was not done within ${ms / 1000} s.`, {
    code: 'http.timeout',
    text: 'The server was too slow.',
  })
}

function buildTrip(proof: Proof, limits: { timeoutMs: number; signal: AbortSignal }): RestTrip {
  const { subject, ports, name, found, undos } = proof
  const api = makeTrackingApi(subject, ports.http, limits)
  const { clock, random, objectStores: stores } = ports
  return {
    subject,
    api,
    stores,
    signal: limits.signal,
    clock,
    random,
    name,
    found,
    undoLater: (undo) => undos.push(undo),
  }
}

function describeFailure(proof: Proof, step: string, error: unknown): Pick<StepResult, 'detail' | 'problem'> {
  if (!(error instanceof StepFailure)) throw error
  const { trackingUri, user } = proof.subject
  const explained = error.explained ?? explainFailure({ ...error.seen, trackingUri, step, login: user !== undefined })
  return { detail: error.what, problem: { what: error.what, ...explained } }
}

async function cleanUp(proof: Proof): Promise<StepResult> {
  const base = { id: 'cleanup', transport: 'rest', title: 'clean-up' } as const
  if (proof.options.keep)
    return { ...base, status: 'passed', detail: `kept: experiment ${proof.name}`, milliseconds: 0 }
  const { clock, http } = proof.ports
  const start = clock.monotonic()
  const limit = AbortSignal.timeout(CLEANUP_MS)
  const api = makeTrackingApi(proof.subject, http, { timeoutMs: CLEANUP_MS, signal: limit })
  const failures: unknown[] = []
  for (const undo of proof.undos.toReversed()) {
    await undo(api, proof.found, limit).catch((error: unknown) => failures.push(asLate(error, limit, CLEANUP_MS)))
  }
  const milliseconds = Math.round(clock.monotonic() - start)
  if (failures.length === 0) return { ...base, status: 'passed', detail: 'everything removed', milliseconds }
  const failed = describeFailure(proof, 'cleanup', failures[0])
  return { ...base, status: 'failed', milliseconds, ...failed, detail: `left on the server: ${proof.name}` }
}
