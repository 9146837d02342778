import { buildWhenStale } from '../../scripts/prepare.mjs'

/** Global setup of vitest: tests that run `dist/bin.js` run what is in src/ now. */
export async function setup(): Promise<void> {
  await buildWhenStale()
}
