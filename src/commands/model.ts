// In: serve with the URI of a model, or stop. Out: exit code; the model is served and has predicted, or none is served.
import { engineCommand, mustRun } from '../actions/compose/engine-commands.ts'
import { readPreparedModel } from '../actions/compose/prepare-model.ts'
import { withStackLock } from '../actions/stack-lock.ts'
import { HalfwayError, UserError } from '../errors.ts'
import { buildServedModelDocument, buildStoppedModelDocument, formatServedModel } from '../report/model-view.ts'
import { printJson, printResult } from '../report/print.ts'
import { makeStyle } from '../report/style.ts'
import type { ServedModel, Stack } from '../stack/spec.ts'
import { modelMark } from '../targets/compose/model.ts'
import { StepFailure } from '../test-client/failure.ts'
import { makeTrackingApi } from '../test-client/rest/tracking-api.ts'
import type { CommandContext } from './command-context.ts'
import { findClientPaths } from './find-client-paths.ts'
import { requireStack } from './find-stack.ts'
import { requireModel } from './models/find-model.ts'
import { predict } from './models/predict.ts'
import type { CommonOptions } from './options.ts'
import { planStack } from './plan-stack.ts'
import { refuseConflicts } from './refuse-conflicts.ts'
import { isTold, runPlan } from './run-plan.ts'
import { buildProofSubject } from './test-subject.ts'

const CALL_LIMIT_MS = 60_000
const REMOVE_LIMIT_MS = 60_000

/**
 * The server is asked for the model first; then it is prepared while another one is still served. What an alias means is
 * looked up each time. Throws UserError `model.…` before anything is changed; where it cannot be served, what was there before
 * stays.
 */
export async function serveModel(
  context: CommandContext,
  options: CommonOptions & { readonly uri: string },
): Promise<number> {
  const stack = await requireStack(context, options.dir)
  refuseElsewhere(stack)
  const { subject } = await buildProofSubject(context, stack)
  const api = makeTrackingApi(subject, context.http, { timeoutMs: CALL_LIMIT_MS, signal: context.signal })
  const { uri } = options
  try {
    await requireModel(uri, subject, api)
    await replaceModel(context, stack, { uri }, options)
    const prediction = await predict(context, stack, subject, api)
    const said = (await readPreparedModel(modelMark(stack.directory), context))?.said ?? []
    const warnings = said.filter((line) => line.startsWith('WARNING'))
    const caFile = (await findClientPaths(context, stack)).rootCertificate
    const facts = { stack: stack.spec.name, uri, caFile, user: subject.user, warnings, ...prediction }
    if (options.json) printJson(context.terminal, buildServedModelDocument(facts))
    else printResult(context.terminal, formatServedModel(facts, makeStyle(context.terminal, context.host.home)))
    return 0
  } catch (error) {
    throw error instanceof StepFailure ? withoutServer(error) : error
  }
}

/** One that cannot be served must not stand in the way of every later apply. */
async function replaceModel(
  context: CommandContext,
  stack: Stack,
  model: ServedModel,
  options: CommonOptions,
): Promise<void> {
  const mark = modelMark(stack.directory)
  const before = await context.files.readText(mark)
  await forget(context, stack)
  try {
    await bringTo(context, stack, model, options)
  } catch (error) {
    if (!(error instanceof HalfwayError) || context.signal.aborted) throw error
    await bringBack(context, stack, before, options).catch(() => {
      // What went wrong first is what counts, and stands half way.
      throw error
    })
    throw error.cause
  }
}

async function bringBack(
  context: CommandContext,
  stack: Stack,
  mark: string | undefined,
  options: CommonOptions,
): Promise<void> {
  if (mark !== undefined) await context.files.writeText(modelMark(stack.directory), mark, { mode: 0o644 })
  await bringTo(context, stack, stack.spec.model, options)
  if (stack.spec.model === undefined) await removeRest(context, stack)
}

/** What was brought here for it goes too; the model itself is in the artifact store. */
export async function stopModel(context: CommandContext, options: CommonOptions): Promise<number> {
  const stack = await requireStack(context, options.dir)
  const { name, model } = stack.spec
  if (model !== undefined) {
    await bringTo(context, stack, undefined, options)
    await removeRest(context, stack)
  }
  const words = model === undefined ? `${name} serves no model.` : `${name} serves ${model.uri} no longer.`
  if (options.json) printJson(context.terminal, buildStoppedModelDocument(name, model?.uri))
  else printResult(context.terminal, [words])
  return 0
}

async function bringTo(
  context: CommandContext,
  { directory, spec }: Stack,
  model: ServedModel | undefined,
  options: CommonOptions,
): Promise<void> {
  const planned = await planStack(context, { directory, spec: { ...spec, model } })
  refuseConflicts(context, planned.plan, options)
  const { failure, done } = await runPlan(context, planned)
  if (failure !== undefined)
    throw new HalfwayError(
      failure.error,
      done.filter(isTold).map(({ action }) => action.title),
    )
}

/** So that what an alias means is looked up again. */
async function forget(context: CommandContext, { directory }: Stack): Promise<void> {
  await withStackLock(directory, context, () => context.files.remove(modelMark(directory)))
}

/** The volume, the networks, which Compose leaves when their services are gone, and the note of what was prepared. */
async function removeRest(context: CommandContext, stack: Stack): Promise<void> {
  await forget(context, stack)
  const { name } = stack.spec
  const limits = { timeoutMs: REMOVE_LIMIT_MS, signal: context.signal }
  const networks = engineCommand(['network', 'rm', '--force', `${name}_model`, `${name}_packages`], context.env)
  await mustRun(networks, limits, context, 'The networks of the model could not be removed.')
  const volume = engineCommand(['volume', 'rm', '--force', `${name}_model-files`], context.env)
  await mustRun(volume, limits, context, 'The files of the model could not be removed.')
}

function refuseElsewhere({ spec }: Stack): void {
  if (spec.target === 'compose' && spec.proxy.kind === 'container') return
  const target = spec.target === 'compose' ? 'that has no nginx' : `of target ${spec.target}`
  throw new UserError('model.no-place', `A stack ${target} serves no models. Nothing was changed.`, {
    because: 'The server of a model is a container behind the nginx of the stack, which asks for the password.',
    hint: { text: 'Set such a stack up, or serve the model yourself.', command: 'mlflow models serve --help' },
  })
}

function withoutServer({ what, seen }: StepFailure): UserError {
  return new UserError('model.no-server', what, {
    because: seen.text,
    hint: { text: 'The model comes from the stack itself, which must run.', command: 'mlflow-setup status' },
  })
}
