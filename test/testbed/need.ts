import type { TestContext } from 'vitest'

/**
 * Skips the test with a reason where this machine lacks what it needs. `npm test` lists the reasons, and with
 * MLFLOW_SETUP_TEST_ALL=1 a skip counts as a failure.
 */
export function need(context: TestContext, isThere: boolean, what: string): void {
  if (isThere) return
  Object.assign(context.task.meta, { skipped: what })
  context.skip(what)
}
