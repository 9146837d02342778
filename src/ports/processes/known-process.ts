import type { ProcessFacts } from '../processes.ts'

export interface KnownProcess extends ProcessFacts {
  readonly parent: number
}
