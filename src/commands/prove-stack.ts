// In: a stack, or the address of a server. Out: Proof, shown step by step while it is made.
import { readDigests, pinned } from '../actions/compose/image-digests.ts'
import { imageCommand, removeCommand, type ImagePlace } from '../actions/compose/run-in-image.ts'
import type { Answers } from '../answers/answers.ts'
import { UserError } from '../errors.ts'
import { formatProofPart, formatProofSummary, formatProofTitle, formatStep } from '../report/proof-view.ts'
import type { Command } from '../ports/commands.ts'
import type { Proof } from '../report/json.ts'
import { makeStyle } from '../report/style.ts'
import type { Stack } from '../stack/spec.ts'
import { mlflowImage } from '../targets/compose/compose-values.ts'
import { composeLayout } from '../targets/compose/layout.ts'
import { buildLayout, localArtifactLocation } from '../targets/native/layout.ts'
import { buildProofName } from '../test-client/proof-name.ts'
import { proveByPython } from '../test-client/prove-by-python.ts'
import { proveByRest } from '../test-client/prove-by-rest.ts'
import type { StepResult, TestSubject, Transport } from '../test-client/step.ts'
import type { CommandContext } from './command-context.ts'
import { buildProofSubject, type ProofSubject } from './test-subject.ts'

export interface ProofWish {
  readonly subject: TestSubject
  readonly transports: readonly Transport[]
  /** The interpreter of a virtual environment with MLflow; needed by the Python client. */
  readonly python: string | undefined
  /** Where that interpreter is in an image; absent: it is a program of this machine. */
  readonly image?: ImagePlace
  /** What the Python client of this stack has, beside address, login and certificate. */
  readonly client: ProofSubject['client']
  /** Why the server is proven past DNS; absent: it is not. */
  readonly detour?: string
  /** Where the experiment of the proof keeps its files, a URI; undefined where the server decides. */
  readonly artifactLocation: string | undefined
  readonly keep: boolean
  /** False: nothing is printed, as for --json. */
  readonly show: boolean
  /** When that began which the proof is the end of, on the clock's monotonic scale; absent: with the proof. */
  readonly begun?: number
}

/** What proves this stack, from this machine. */
export async function buildProofWish(
  context: CommandContext,
  stack: Stack,
  kind: Answers['testClient'],
  options: Pick<ProofWish, 'keep' | 'show' | 'begun'>,
): Promise<ProofWish> {
  const hasServer = stack.spec.publicUrl !== undefined
  const wanted: Record<Answers['testClient'], readonly Transport[]> = {
    off: [],
    rest: ['rest'],
    python: ['python'],
    all: ['rest', 'python'],
  }
  if (!hasServer && (kind === 'rest' || kind === 'all')) {
    throw new UserError('test.no-server', `Scenario ${stack.spec.scenario} has no server to test over HTTP.`, {
      hint: { text: 'Take the Python client.', command: 'mlflow-setup test --test-client python' },
    })
  }
  const artifactLocation = stack.spec.scenario === 2 ? localArtifactLocation(stack) : undefined
  const { clientFiles, ...subject } = await buildProofSubject(context, stack)
  const python = await pythonOf(context, stack, clientFiles)
  return { transports: wanted[kind], artifactLocation, ...python, ...options, ...subject }
}

/** A stack of containers has its Python in MLflow's image. */
async function pythonOf(
  { files, clock, random }: CommandContext,
  stack: Stack,
  reads: readonly string[],
): Promise<Pick<ProofWish, 'python' | 'image'>> {
  if (stack.spec.target !== 'compose') return { python: buildLayout(stack.directory).python }
  const digests = await readDigests(composeLayout(stack.directory).digests, { files })
  const image = pinned(mlflowImage(stack), digests)
  return { python: `python of ${image}`, image: { image, reads, name: buildProofName(clock, random) } }
}

/** Runs the wished clients one after the other. A failed step is a result. Throws the reason of an abort. */
export async function proveStack(context: CommandContext, wish: ProofWish): Promise<Proof> {
  const style = makeStyle(context.terminal, context.host.home)
  const { trackingUri } = wish.subject
  const way = wish.detour === undefined ? {} : { detour: wish.detour }
  const facts = { trackingUri, transports: wish.transports, ...way }
  const print = (text: string) => (wish.show ? context.terminal.out(`${text}\n`) : undefined)
  const begin = context.clock.monotonic()
  const onStep = (step: StepResult) => print(formatStep(step, style).join('\n'))
  const options = { keep: wish.keep, signal: context.signal, onStep }
  print(formatProofTitle(facts, style))
  const steps: StepResult[] = []
  for (const transport of wish.transports) {
    if (wish.transports.length > 1) print(formatProofPart(transport, style).join('\n'))
    steps.push(
      ...(transport === 'rest'
        ? await proveByRest(wish.subject, context, options)
        : await byPython(context, wish, options)),
    )
  }
  const end = context.clock.monotonic()
  const times = { totalMs: end - begin, ...(wish.begun === undefined ? {} : { allMs: end - wish.begun }) }
  print(formatProofSummary(steps, facts, style, times).join('\n'))
  return { ...facts, steps }
}

/** Whether it is a proof: something was tried and nothing failed. */
export function isProven(proof: Proof): boolean {
  return proof.steps.some(({ status }) => status === 'passed') && proof.steps.every(({ status }) => status !== 'failed')
}

async function byPython(
  context: CommandContext,
  wish: ProofWish,
  options: Parameters<typeof proveByPython>[3],
): Promise<StepResult[]> {
  if (wish.python === undefined) {
    throw new UserError('test.no-python', 'The Python client needs a Python with MLflow.', {
      hint: {
        text: 'Run this in a stack directory, or test over HTTP.',
        command: 'mlflow-setup test --test-client rest',
      },
    })
  }
  const { python, image } = wish
  const location = wish.artifactLocation === undefined ? {} : { experimentArtifactLocation: wish.artifactLocation }
  const client = { python, ...wish.client, ...location }
  if (image === undefined) return proveByPython(wish.subject, client, context, options)
  const place = (program: Command) => imageCommand(program, image, context.env)
  try {
    return await proveByPython(wish.subject, { ...client, place }, context, options)
  } finally {
    // Nobody's signal: it is also for the end by a signal, where docker may have gone and left the container.
    await context.commands.run(removeCommand(image, context.env), { timeoutMs: REMOVE_LIMIT_MS })
  }
}

const REMOVE_LIMIT_MS = 20_000
