import type { TestContext } from 'vitest'

/**
 * What the test needs, or the end of it: where this machine lacks the thing, the test is skipped with that reason.
 * `npm test` lists the reasons, and with MLFLOW_SETUP_TEST_ALL=1 a skip counts as a failure.
 */
export function need<T>(context: TestContext, thing: T | undefined, what: string): T {
  if (thing !== undefined) return thing
  Object.assign(context.task.meta, { skipped: what })
  return context.skip(what)
}
