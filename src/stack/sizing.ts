// In: workers. Out: how much memory a server of that many may use.
import type { StackSpec } from './spec.ts'

// PERFORMANCE.md section 4, in bytes: what is resident when nothing happens, and what transfers add for good.
const MB = 1_000_000
const HALF_GIB = 2 ** 29
const SERVER = 220 * MB
const WORKER = 200 * MB
const TRANSFERS = 120 * MB
const JOBS = 1280 * MB
/** What the limit leaves above what was measured. */
const ROOM = 1.3

/** The limit of one server: 1 GiB for one worker, 1.5 GiB for two, and more where its user wants jobs. */
export function limitMemory({ workers, environment }: Pick<StackSpec, 'workers' | 'environment'>): number {
  const jobs = environment['MLFLOW_SERVER_ENABLE_JOB_EXECUTION'] === 'true' ? JOBS : 0
  const used = SERVER + (WORKER + TRANSFERS) * workers + jobs
  return Math.ceil((ROOM * used) / HALF_GIB) * HALF_GIB
}
