// In: StepResult[]. Out: the lines of the proof.
import type { StepResult, Transport } from '../test-client/step.ts'
import type { Style } from './style.ts'

export interface ProofFacts {
  readonly trackingUri: string
  /** Which clients spoke: HTTP calls of this program, the Python client, or both. */
  readonly transports: readonly Transport[]
}

/** `Proof through http://127.0.0.1:5000, with the Python client`: before the first step. */
export function formatProofTitle(_facts: ProofFacts, _style: Style): string {
  return ''
}

/** One step, as soon as it is known. */
export function formatStep(_step: StepResult, _style: Style, _options: { columns?: number; showTransport?: boolean } = {}): string[] {
  return []
}

/** The last line: proven, or what is not. */
export function formatProofSummary(_steps: readonly StepResult[], _facts: ProofFacts, _style: Style, _options: { totalMs?: number } = {}): string[] {
  return []
}

/** Title, steps and summary in one go. */
export function formatProof(_steps: readonly StepResult[], _facts: ProofFacts, _style: Style): string[] {
  return []
}
