// In: Evidence of one failed step. Out: the likely cause and what to do. The table is what clients see of MLflow 3.17.
import type { Hint } from '../errors.ts'
import { ACCESS_CAUSES } from './causes/access.ts'
import { ADDRESS_CAUSES } from './causes/address.ts'
import { LOGS } from './causes/cause.ts'
import type { Cause, Say } from './causes/cause.ts'
import { CONNECTION_CAUSES } from './causes/connection.ts'
import { PYTHON_CAUSES } from './causes/python.ts'
import { STORE_CAUSES } from './causes/stores.ts'
import type { Evidence } from './failure.ts'
import { formatServerWords } from './format-detail.ts'

export interface FailureExplanation {
  readonly because: string
  readonly hint: Hint
}

/** Texts of the Python client before the statuses: they are longer and may quote one. */
const CAUSES: readonly Cause[] = [
  ...CONNECTION_CAUSES,
  ...PYTHON_CAUSES,
  ...ACCESS_CAUSES,
  ...ADDRESS_CAUSES,
  ...STORE_CAUSES,
]

/** The cause of a failure and the next command. What no row knows is answered with the server's own words. */
export function explainFailure(seen: Evidence): FailureExplanation {
  const row = CAUSES.find((candidate) => fits(candidate, seen))
  if (row === undefined) return { because: ownWords(seen), hint: LOGS }
  return { because: say(row.because, seen), hint: say(row.hint, seen) }
}

function fits(row: Cause, seen: Evidence): boolean {
  if (row.code !== undefined && !row.code.test(seen.code ?? '')) return false
  if (row.status !== undefined && !row.status.includes(seen.status ?? 0)) return false
  if (row.text !== undefined && !row.text.test(seen.text)) return false
  if (row.steps !== undefined && !row.steps.includes(seen.step)) return false
  return row.when?.(seen) ?? true
}

function say<T extends string | Hint>(words: Say<T>, seen: Evidence): T {
  return typeof words === 'function' ? words(seen) : words
}

function ownWords(seen: Evidence): string {
  const words = formatServerWords(seen.text)
  if (words === '') return seen.status === 200 ? 'What came back does not fit what was sent.' : 'No reason was given.'
  return seen.status === undefined ? words : `The server says: ${words}`
}
