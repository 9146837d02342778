// In: StepResult[]. Out: the lines of the proof.
import { unreachable } from '../errors.ts'
import type { StepResult, Transport } from '../test-client/step.ts'
import { hang } from './layout.ts'
import { formatCount, formatDuration, formatList } from './quantities.ts'
import type { Style } from './style.ts'

export interface ProofFacts {
  readonly trackingUri: string
  /** Which clients spoke: HTTP calls of this program, the Python client, or both. */
  readonly transports: readonly Transport[]
  /** Why the server was looked for past DNS, a statement; absent: it was not. */
  readonly detour?: string
}

export interface StepViewOptions {
  /** What a line may take, with its guide bar. */
  readonly columns?: number
}

const TIME_WIDTH = 8
/** As wide as the longest title of a step. */
const TITLE_WIDTH = 14

/** `Proof through http://127.0.0.1:5000, with the Python client`: before the first step. */
export function formatProofTitle(facts: ProofFacts, style: Style): string {
  const clients = formatList(facts.transports.map(clientName))
  const words = `Proof through ${facts.trackingUri}, with ${clients}`
  const lines = style.wrap(words, style.columns - 3)
  const [first = '', ...rest] = lines
  return [
    `${style.cyan(style.symbols.active)}  ${style.bold(first)}`,
    ...rest.map((line) => guide(style) + style.bold(line)),
    ...(facts.detour === undefined ? [] : formatDetour(facts.detour, style)),
  ].join('\n')
}

function formatDetour(why: string, style: Style): string[] {
  return hang(guide(style), `${why} Proven past DNS, on this machine.`, style.columns - 3, { rest: guide(style) })
}

/** Before the steps of one client, where there is more than one. */
export function formatProofPart(transport: Transport, style: Style): string[] {
  const name = clientName(transport)
  return [guide(style).trimEnd(), guide(style) + style.bold(`${name.charAt(0).toUpperCase()}${name.slice(1)}`)]
}

/** One step, as soon as it is known. */
export function formatStep(step: StepResult, style: Style, options: StepViewOptions = {}): string[] {
  // Times stand below those of the work before it, which leaves the last column free.
  const columns = (options.columns ?? style.columns) - 1
  const head = `${guide(style)}${markOf(step, style)} ${style.padEnd(step.title, TITLE_WIDTH)}  `
  const time = step.status === 'skipped' ? '' : formatDuration(step.milliseconds)
  const lines = hang(head, detailOf(step), columns - TIME_WIDTH - 2, {
    paint: step.status === 'skipped' ? style.dim : undefined,
    rest: guide(style),
  })
  const [first = head, ...rest] = lines
  const timed = `${style.padEnd(first, columns - TIME_WIDTH)}${style.dim(style.padStart(time, TIME_WIDTH))}`.trimEnd()
  return [time === '' ? first.trimEnd() : timed, ...rest, ...formatProblem(step, columns, style)]
}

/**
 * The last line: proven, or what is not. `totalMs` is the time of the proof, absent: the sum of its steps; `allMs` that
 * of everything which the proof is the end of.
 */
export function formatProofSummary(
  steps: readonly StepResult[],
  facts: ProofFacts,
  style: Style,
  options: { totalMs?: number; allMs?: number } = {},
): string[] {
  const time = formatDuration(options.totalMs ?? steps.reduce((sum, step) => sum + step.milliseconds, 0))
  const all = options.allMs === undefined ? '' : `, all done in ${formatDuration(options.allMs)}`
  const count = (status: StepResult['status']) => steps.filter((step) => step.status === status).length
  const failed = count('failed')
  const skipped = count('skipped')
  const clients = formatList(facts.transports.map(clientName))
  const last = failed === 0 && skipped === 0 ? style.green(style.symbols.last) : style.red(style.symbols.last)
  const words =
    failed + skipped === 0
      ? `Proven by ${clients}: ${formatCount(count('passed'), 'step')} passed in ${time}${all}.`
      : `Not proven: ${failed} failed, ${skipped} not run, ${count('passed')} passed, in ${time}.`
  return [guide(style).trimEnd(), ...hang(`${last}  `, words, style.columns, { paint: style.bold })]
}

/** Title, steps and summary in one go. */
export function formatProof(steps: readonly StepResult[], facts: ProofFacts, style: Style): string[] {
  return [
    ...formatProofTitle(facts, style).split('\n'),
    ...facts.transports.flatMap((transport) => [
      ...(facts.transports.length > 1 ? formatProofPart(transport, style) : []),
      ...steps.filter((step) => step.transport === transport).flatMap((step) => formatStep(step, style)),
    ]),
    ...formatProofSummary(steps, facts, style),
  ]
}

function formatProblem(step: StepResult, columns: number, style: Style): string[] {
  if (step.problem === undefined) return []
  const { because, hint } = step.problem
  const indent = `${guide(style)}  `
  return [
    ...hang(`${indent}${style.bold('Why')}  `, because, columns, { rest: guide(style) }),
    ...hang(`${indent}${style.bold('Do')}   `, hint.text, columns, { rest: guide(style) }),
    // A command is never broken: it is there to be copied.
    ...(hint.command === undefined ? [] : [`${indent}     ${style.cyan(hint.command)}`]),
  ]
}

function detailOf(step: StepResult): string {
  switch (step.status) {
    case 'passed':
      return step.detail
    case 'failed':
      return step.problem?.what ?? step.detail
    case 'skipped':
      return step.blockedBy === undefined ? `not run: ${step.detail}` : `not run: it needs "${step.blockedBy}"`
    default:
      return unreachable(step.status)
  }
}

function markOf(step: StepResult, style: Style): string {
  const { pass, fail, skip } = style.symbols
  const width = Math.max(...[pass, fail, skip].map((symbol) => style.width(symbol)))
  switch (step.status) {
    case 'passed':
      return style.green(style.padEnd(pass, width))
    case 'failed':
      return style.red(style.padEnd(fail, width))
    case 'skipped':
      return style.dim(style.padEnd(skip, width))
    default:
      return unreachable(step.status)
  }
}

function guide(style: Style): string {
  return `${style.dim(style.symbols.bar)}  `
}

function clientName(transport: Transport): string {
  return transport === 'python' ? 'the Python client' : 'HTTP calls'
}
