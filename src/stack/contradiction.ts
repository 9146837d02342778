// In: nothing. Out: Contradiction, a key of a spec that does not go with the rest of it.
import type { WrittenSpec } from './spec-schema.ts'

export interface Contradiction {
  readonly key: keyof WrittenSpec
  /** Goes on after the key: `is missing: scenario 3 has a server`. */
  readonly message: string
}
