// In: nothing. Out: Cause, one row of the table that leads from what was seen to why and what to do.
import type { Hint } from '../../errors.ts'
import { renderShellWord } from '../../formats/shell-words.ts'
import type { Evidence } from '../failure.ts'

export type Say<T> = T | ((seen: Evidence) => T)

/** All that is given must fit. The first row that fits wins, so rows for a text come before rows for a status. */
export interface Cause {
  readonly code?: RegExp
  readonly status?: readonly number[]
  readonly text?: RegExp
  readonly steps?: readonly string[]
  readonly when?: (seen: Evidence) => boolean
  readonly because: Say<string>
  readonly hint: Say<Hint>
}

export const LOGS: Hint = { text: 'Look at what the server logged at that moment.', command: 'mlflow-setup logs' }
export const STATUS: Hint = {
  text: 'See whether the server runs and where it listens.',
  command: 'mlflow-setup status',
}
export const LOGIN: Hint = {
  text: 'Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD to a login of this server.',
  command: 'mlflow-setup client',
}

/** The command that proves a server at this address. */
export function testAt(uri: string): string {
  return `mlflow-setup test ${renderShellWord(uri)}`
}

/** Host and port of the server, as people know it. */
export function hostOf(seen: Evidence): string {
  return URL.canParse(seen.trackingUri) ? new URL(seen.trackingUri).host : seen.trackingUri
}

/** Whether a web page came back where an API answers in JSON. */
export function isPage(seen: Evidence): boolean {
  return /^\s*<(!doctype|html)/i.test(seen.text) || (seen.headers?.['content-type'] ?? '').startsWith('text/html')
}
