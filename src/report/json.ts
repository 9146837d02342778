// In: the same data as the text views. Out: one JSON document for each command.
import { CancelledError, ExternalError, UserError } from '../errors.ts'
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

/** Paths are in full here: programs read it. Inputs of actions are left out, because they are no stable interface. */
export function buildPlanDocument(plan: Plan, stack: Stack): JsonDocument {
  return { schemaVersion: 1, kind: 'plan', stack: stackPart(stack), ...planPart(plan) }
}

export function buildApplyDocument(outcome: ApplyOutcome): JsonDocument {
  const { proof, nextSteps } = outcome
  return {
    schemaVersion: 1,
    kind: 'apply',
    ok:
      outcome.actions.every((action) => action.outcome === 'applied' || action.outcome === 'unchanged') &&
      proofPassed(proof),
    stack: stackPart(outcome.stack),
    ...planPart(outcome.plan, outcome.actions),
    proof: proof === undefined ? null : proofPart(proof),
    next: nextSteps === undefined ? null : nextPart(nextSteps),
    milliseconds: Math.round(outcome.milliseconds),
  }
}

export function buildTestDocument(proof: Proof): JsonDocument {
  return { schemaVersion: 1, kind: 'test', ...proofPart(proof) }
}

export function buildStatusDocument(report: StatusReport): JsonDocument {
  return { schemaVersion: 1, kind: 'status', ok: report.healthy, ...report }
}

/** `done`: titles of the actions that are done and kept. */
export function buildErrorDocument(
  error: unknown,
  options: { debug: boolean; done?: readonly string[] },
): JsonDocument {
  const errors = error instanceof AggregateError ? error.errors : [error]
  return {
    schemaVersion: 1,
    kind: 'error',
    ok: false,
    errors: errors.map((one: unknown) => errorPart(one, options.debug)),
    done: options.done ?? [],
  }
}

function stackPart({ directory, spec }: Stack): object {
  return {
    directory,
    name: spec.name,
    scenario: spec.scenario,
    target: spec.target,
    mlflowVersion: spec.mlflowVersion,
    address: spec.publicUrl ?? null,
  }
}

function planPart(plan: Plan, applied: readonly AppliedAction[] = []): object {
  const outcomes = new Map(applied.map((action) => [action.id, action]))
  const count = (...effects: readonly string[]) =>
    plan.actions.filter((planned) => effects.includes(planned.effect)).length
  return {
    changes: count('create', 'update'),
    conflicts: count('conflict'),
    actions: plan.actions.map(({ action, effect, why, diff }) => {
      const outcome = outcomes.get(action.id)
      return {
        id: action.id,
        kind: action.kind,
        title: action.title,
        detail: action.detail,
        effect,
        why,
        ...(diff === undefined ? {} : { diff }),
        ...(outcome === undefined ? {} : { outcome: outcome.outcome, milliseconds: Math.round(outcome.milliseconds) }),
      }
    }),
  }
}

function proofPassed(proof: Proof | undefined): boolean {
  return proof === undefined || proof.steps.every((step) => step.status === 'passed')
}

function proofPart(proof: Proof): object {
  return {
    ok: proofPassed(proof),
    trackingUri: proof.trackingUri,
    transports: proof.transports,
    ...(proof.detour === undefined ? {} : { detour: proof.detour }),
    steps: proof.steps.map((step) => ({ ...step, milliseconds: Math.round(step.milliseconds) })),
  }
}

function nextPart(facts: NextStepsFacts): object {
  return {
    address: facts.address ?? null,
    // A variable whose value is a secret is named and not shown.
    variables: facts.variables.map(({ name, value }) => ({ name, value: value ?? null, secret: value === undefined })),
    venv: facts.venv ?? null,
    user: facts.user ?? null,
    secretsFile: facts.secretsFile ?? null,
    again: facts.again,
  }
}

function errorPart(error: unknown, debug: boolean): object {
  const stack = debug && error instanceof Error ? { stack: error.stack } : {}
  if (error instanceof CancelledError)
    return { kind: 'cancelled', code: 'cancelled', message: error.message, changed: error.changed, ...stack }
  if (error instanceof UserError) return { kind: 'user', ...knownPart(error), problems: error.problems, ...stack }
  if (error instanceof ExternalError) {
    const { command = null, exitCode = null, source = null, lastLines } = error
    return { kind: 'external', ...knownPart(error), command, exitCode, source, lastLines, ...stack }
  }
  return { kind: 'bug', code: 'bug', message: error instanceof Error ? error.message : String(error), ...stack }
}

function knownPart(error: UserError | ExternalError): object {
  return { code: error.code, message: error.message, because: error.because ?? null, hint: error.hint ?? null }
}
