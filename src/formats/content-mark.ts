// In: the text of a file. Out: whether mlflow-setup wrote it, and whether anyone changed it since.
import { createHash } from 'node:crypto'

const MARK = /^(#|\/\/) Written by mlflow-setup\. Content (sha256:[0-9a-f]{64})\r?\n/

export type MarkState =
  /** As it was written. */
  | { readonly kind: 'pristine'; readonly body: string }
  /** Ours once, changed since by somebody. */
  | { readonly kind: 'edited'; readonly body: string }
  /** Never ours. */
  | { readonly kind: 'foreign'; readonly body: string }

/** The text under a first line that says whose it is and what it was. `comment` starts a comment in its format. */
export function renderMarked(body: string, comment: '#' | '//'): string {
  return `${comment} Written by mlflow-setup. Content ${digest(body)}\n${body}`
}

/** Reads the mark back. A file that was only moved between line-end styles counts as edited. */
export function parseMarked(text: string): MarkState {
  const mark = MARK.exec(text)
  if (mark === null) return { kind: 'foreign', body: text }
  const body = text.slice(mark[0].length)
  return { kind: digest(body) === mark[2] ? 'pristine' : 'edited', body }
}

function digest(body: string): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`
}
