// In: what prove.py wrote and how it ended. Out: StepResult[], complete also when it broke off.
import { literal, number, object, optional, safeParse, string, union } from 'valibot'
import type { InferOutput } from 'valibot'
import type { CommandResult } from '../ports/commands.ts'
import { explainFailure } from './explain-failure.ts'
import type { Evidence } from './failure.ts'
import { formatOneLine } from './format-detail.ts'
import type { StepResult } from './step.ts'

const Line = object({
  id: string(),
  status: union([literal('passed'), literal('failed'), literal('skipped')]),
  detail: string(),
  milliseconds: number(),
  blockedBy: optional(string()),
  goal: optional(string(), ''),
  error: optional(string(), ''),
})
type ProofLine = InferOutput<typeof Line>

/** The steps of prove.py in their order, with their titles. */
const TITLES: Readonly<Record<string, string>> = {
  client: 'Python client',
  login: 'login',
  experiment: 'experiment',
  run: 'run',
  files: 'files',
  model: 'model',
  search: 'search',
  trace: 'trace',
}

/** What the results are about, for their explanation. */
export interface PythonSubject {
  readonly trackingUri: string
  readonly login: boolean
  readonly python: string
  /** Of the experiment and the model. */
  readonly name: string
}

/** One line of prove.py; undefined for anything else that a program prints. */
export function parseProofLine(text: string, subject: PythonSubject): StepResult | undefined {
  const parsed = text.startsWith('{') ? safeParse(Line, parseJson(text)) : undefined
  return parsed?.success === true ? buildResult(parsed.output, subject) : undefined
}

/** What is missing when the program did not come to its end: the step that it died in, and those that nobody tried. */
export function buildMissing(seen: readonly StepResult[], ended: CommandResult, subject: PythonSubject): StepResult[] {
  const expected = Object.keys(TITLES).filter((id) => id !== 'login' || subject.login)
  const missing = expected.filter((id) => !seen.some((result) => result.id === id))
  const [died, ...rest] = missing
  if (died === undefined) return []
  return [
    { ...blank(died), status: 'failed', ...explainEnd(died, ended, subject) },
    ...rest.map((id): StepResult => ({ ...blank(id), status: 'skipped', detail: `needs ${died}`, blockedBy: died })),
    ...missingCleanup(seen, subject),
  ]
}

function missingCleanup(seen: readonly StepResult[], subject: PythonSubject): StepResult[] {
  if (seen.some(({ id }) => id === 'cleanup') || !seen.some(({ id }) => id === 'client')) return []
  const what = `The experiment and the model ${subject.name} may be left.`
  const hint = { text: 'Delete them in the UI.' }
  const because = 'Python ended before it could remove them.'
  return [{ ...blank('cleanup'), status: 'failed', detail: what, problem: { what, because, hint } }]
}

function blank(id: string) {
  return { id, transport: 'python', title: TITLES[id] ?? 'clean-up', milliseconds: 0 } as const
}

function buildResult(line: ProofLine, subject: PythonSubject): StepResult {
  const { id, status, detail, milliseconds, blockedBy } = line
  const base: StepResult = {
    ...blank(id),
    status,
    detail,
    milliseconds,
    ...(blockedBy === undefined ? {} : { blockedBy }),
  }
  if (status !== 'failed') return base
  const what = `${line.goal} failed: ${formatOneLine(line.error, 300).replace(/[.\s]+$/, '')}.`
  const problem = { what, ...explainFailure(evidence(id, line.error, subject)) }
  return { ...base, detail: detail === '' ? what : detail, problem }
}

function evidence(step: string, text: string, subject: PythonSubject): Evidence {
  const status = /API request to .*failed with error code (\d{3})/s.exec(text)?.[1]
  const seen = { trackingUri: subject.trackingUri, login: subject.login, step, text }
  return status === undefined ? seen : { ...seen, status: Number(status) }
}

function explainEnd(
  step: string,
  ended: CommandResult,
  subject: PythonSubject,
): Pick<StepResult, 'detail' | 'problem'> {
  const words = lastLines(ended.stderr)
  const { what, code } = describeEnd(ended, subject)
  const explained = explainFailure({ ...evidence(step, words, subject), ...(code === undefined ? {} : { code }) })
  return { detail: what, problem: { what, ...explained } }
}

function describeEnd(ended: CommandResult, subject: PythonSubject): { what: string; code?: string } {
  if (!ended.found) return { what: `There is no Python at ${subject.python}.`, code: 'python.missing' }
  if (ended.timedOut) return { what: 'The Python client did not come to an end.', code: 'python.timeout' }
  if (ended.exitCode > 128)
    return { what: `The Python client was ended by signal ${ended.exitCode - 128}.`, code: 'python.killed' }
  return { what: `The Python client ended with code ${ended.exitCode}.` }
}

/** The last lines that say something; a traceback ends with its reason. */
function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join('\n').slice(-1500)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
