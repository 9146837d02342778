// In: a model that is served, or no longer. Out: lines, or one JSON document.
import { renderShellCommand } from '../formats/shell-words.ts'
import type { JsonDocument } from './json.ts'
import { hang } from './layout.ts'
import type { Style } from './style.ts'

export interface ServedModelFacts {
  readonly stack: string
  readonly uri: string
  readonly url: string
  /** The certificate that clients trust, where the world does not know its authority. */
  readonly caFile: string | undefined
  /** The first user, where somebody asks for a password. */
  readonly user: string | undefined
  /** The example that the model was asked with; undefined where it came without one. */
  readonly example: string | undefined
  readonly answer: string | undefined
  /** What the user should know of how it is served. */
  readonly warnings: readonly string[]
}

/** A longer example is no example of a command. */
const LONGEST_EXAMPLE = 300

export function formatServedModel(facts: ServedModelFacts, style: Style): string[] {
  const { uri, url, caFile, user, example, answer, warnings } = facts
  const short = example === undefined ? undefined : shorten(example)
  const way = [...(caFile === undefined ? [] : ['--cacert', caFile]), ...(user === undefined ? [] : ['--user', user])]
  return [
    answer === undefined
      ? `${uri} is served at ${style.cyan(url)}. It came without an example, so nobody has asked it for a prediction yet.`
      : `${uri} is served at ${style.cyan(url)} and predicts: ${answer.slice(0, LONGEST_EXAMPLE)}`,
    ...warnings.flatMap((warning) => hang('', warning, style.columns)),
    ...(short === undefined ? [] : ['', `  ${renderShellCommand(['curl', ...way, '--json', short, url])}`]),
  ]
}

function shorten(example: string): string | undefined {
  const text = JSON.stringify(JSON.parse(example))
  return text.length > LONGEST_EXAMPLE ? undefined : text
}

export function buildServedModelDocument(facts: ServedModelFacts): JsonDocument {
  const { stack, uri, url, answer, warnings } = facts
  return {
    schemaVersion: 1,
    kind: 'model',
    name: stack,
    uri,
    url,
    predicts: answer !== undefined,
    answer: answer === undefined ? null : JSON.parse(answer),
    warnings,
  }
}

export function buildStoppedModelDocument(stack: string, uri: string | undefined): JsonDocument {
  return { schemaVersion: 1, kind: 'model', name: stack, uri: null, stopped: uri ?? null }
}
