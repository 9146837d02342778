// In: a plan that was agreed to. Out: exit code; the stack is applied, proven, and the user knows what to do next.
import { isProven, buildProofWish, proveStack } from './prove-stack.ts'
import { CancelledError, HalfwayError } from '../errors.ts'
import type { Answers } from '../answers/answers.ts'
import { buildApplyDocument, type Proof } from '../report/json.ts'
import { formatNextSteps, type NextStepsFacts } from '../report/next-steps.ts'
import { printJson, printResult } from '../report/print.ts'
import { makeStyle } from '../report/style.ts'
import { buildAddresses } from '../stack/addresses.ts'
import { buildClientEnvironment, type ClientPaths } from '../stack/client-environment.ts'
import { secretNames } from '../stack/secrets.ts'
import type { Stack } from '../stack/spec.ts'
import { hasToken } from '../targets/compose/notebook.ts'
import { buildLayout } from '../targets/native/layout.ts'
import type { CommandContext } from './command-context.ts'
import { findClientPaths } from './find-client-paths.ts'
import type { PlannedStack } from './plan-stack.ts'
import { isTold, runPlan } from './run-plan.ts'

export interface Finish {
  readonly stack: Stack
  readonly planned: PlannedStack
  readonly testClient: Answers['testClient']
  /** The command that repeats the run. */
  readonly again: readonly string[]
  readonly json: boolean
  /** On the clock's monotonic scale: when the user could not do more than wait. */
  readonly begin: number
}

/** Throws HalfwayError when applying stopped. Exit code 1 when the stack runs but is not proven. */
export async function finishStack(context: CommandContext, finish: Finish): Promise<number> {
  try {
    return await applyAndProve(context, finish)
  } catch (error) {
    // From here on a cancel is no longer one that changed nothing.
    throw context.signal.aborted ? new CancelledError(true) : error
  }
}

async function applyAndProve(context: CommandContext, finish: Finish): Promise<number> {
  const { stack, planned, json } = finish
  const result = await runPlan(context, planned)
  if (result.failure !== undefined) {
    throw new HalfwayError(
      result.failure.error,
      result.done.filter(isTold).map(({ action }) => action.title),
    )
  }
  const proof = await proveFinished(context, finish)
  const proven = proof === undefined || isProven(proof)
  const milliseconds = context.clock.monotonic() - finish.begin
  const paths = await findClientPaths(context, stack)
  const nextSteps = proven ? nextStepsOf(stack, paths, finish.again) : undefined
  if (json) {
    printJson(
      context.terminal,
      buildApplyDocument({ stack, plan: planned.plan, actions: result.actions, proof, nextSteps, milliseconds }),
    )
  } else if (nextSteps !== undefined) {
    printResult(context.terminal, ['', ...formatNextSteps(nextSteps, makeStyle(context.terminal, context.host.home))])
  }
  return proven ? 0 : 1
}

async function proveFinished(
  context: CommandContext,
  { stack, testClient, json, begin }: Finish,
): Promise<Proof | undefined> {
  if (testClient === 'off') return undefined
  return proveStack(
    context,
    await buildProofWish(context, stack, testClient, { keep: false, show: !json, begun: begin }),
  )
}

/** What a client of this stack needs, and where things are. */
function nextStepsOf(stack: Stack, paths: ClientPaths, again: readonly string[]): NextStepsFacts {
  const { spec, directory } = stack
  const layout = buildLayout(directory)
  const addresses = buildAddresses(spec)
  const { variables } = buildClientEnvironment(stack, paths)
  const shown = variables.filter((variable) => !('optional' in variable))
  const isOpen = shown.every((variable) => 'value' in variable)
  return {
    scenario: spec.scenario,
    directory,
    address: spec.publicUrl,
    variables: shown.map((variable) => ({
      name: variable.name,
      value: 'value' in variable ? variable.value : undefined,
    })),
    ...(addresses === undefined || addresses.loopback || spec.proxy.kind !== 'none'
      ? {}
      : { behindProxy: addresses.localUrl }),
    ...(spec.scenario >= 4 && addresses?.loopback === true && spec.auth.kind === 'none' ? { onlyHere: true } : {}),
    ...(spec.target === 'compose' ? { venv: undefined, compose: true } : { venv: layout.venv }),
    ...(spec.auth.kind === 'none' ? {} : { user: spec.auth.adminUser }),
    ...(spec.notebook === true && addresses !== undefined
      ? { notebook: { address: `${addresses.publicUrl}/notebook/`, token: hasToken(stack) } }
      : {}),
    ...(secretNames(spec).length === 0 ? {} : { secretsFile: layout.env }),
    again,
    next: spec.publicUrl === undefined ? ['test', 'plan'] : ['status', 'logs', 'test', isOpen ? 'stop' : 'client'],
  }
}
