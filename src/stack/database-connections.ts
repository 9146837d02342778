// In: a spec. Out: how many connections its services may open to their database server.
import type { StackSpec } from './spec.ts'

/** What a worker's pool may grow to: 10 kept and 31 more (templates/native/server.env.hbs). */
const POOL = 41
/** What the process above the workers keeps. */
const PARENT = 2
/** Connections of each worker's second pool, for the registry, that stay open after use. */
const KEPT = 10
/** For administrators, maintenance and those that PostgreSQL reserves. */
const SPARE = 13

/** The most at once: PERFORMANCE.md section 4. MLflow's own login has a pool per worker as well. */
export function countConnections({ workers, auth }: StackSpec): number {
  const pools = auth.kind === 'basic-auth' ? 2 : 1
  return POOL * workers * pools + PARENT
}

/** For a cluster that nobody else uses. */
export function chooseMaxConnections(spec: StackSpec): number {
  return countConnections(spec) + KEPT * spec.workers + SPARE
}
