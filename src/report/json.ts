// In: the same data as the text views. Out: one JSON document for each command.
import type { Plan } from '../plan/plan.ts'
import type { Stack } from '../stack/spec.ts'
import type { StepResult } from '../test-client/step.ts'
import type { NextStepsFacts } from './next-steps.ts'
import type { ProofFacts } from './proof-view.ts'
import type { StatusReport } from './status-report.ts'

/** What became of one action. */
export interface AppliedAction {
  readonly id: string
  readonly outcome: 'applied' | 'unchanged' | 'failed' | 'not-started'
  readonly milliseconds: number
}

export interface Proof extends ProofFacts {
  readonly steps: readonly StepResult[]
}

export interface ApplyOutcome {
  readonly stack: Stack
  readonly plan: Plan
  readonly actions: readonly AppliedAction[]
  readonly proof: Proof | undefined
  readonly nextSteps: NextStepsFacts | undefined
  readonly milliseconds: number
}

export type JsonDocument = { readonly schemaVersion: 1; readonly kind: string } & Readonly<Record<string, unknown>>

export function buildPlanDocument(_plan: Plan, _stack: Stack): JsonDocument {
  return { schemaVersion: 1, kind: 'plan' }
}

export function buildApplyDocument(_outcome: ApplyOutcome): JsonDocument {
  return { schemaVersion: 1, kind: 'apply' }
}

export function buildTestDocument(_proof: Proof): JsonDocument {
  return { schemaVersion: 1, kind: 'test' }
}

export function buildStatusDocument(_report: StatusReport): JsonDocument {
  return { schemaVersion: 1, kind: 'status' }
}

/** `done`: titles of the actions that are done and kept. */
export function buildErrorDocument(_error: unknown, _options: { debug: boolean; done?: readonly string[] }): JsonDocument {
  return { schemaVersion: 1, kind: 'error' }
}
