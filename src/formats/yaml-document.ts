// In: the text of a YAML file. Out: its value and the line of each key, or an error with line and column.
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import { UserError } from '../errors.ts'

/** Where something stands in a file, counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface YamlDocument {
  /** Plain data: what the text says. */
  readonly value: unknown
  /** For edits that keep comments and order. */
  readonly document: Document
  /** The place of a value, or of the nearest parent that is there. */
  positionOf(path: readonly (string | number)[]): Position
  /** The place of a key itself. */
  positionOfKey(path: readonly (string | number)[]): Position
}

/**
 * Reads YAML (and so JSON). `file` is the name for messages.
 * Throws UserError `yaml.broken` that names line, column and what the parser says.
 */
export function parseYaml(text: string, file: string): YamlDocument {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = counter.linePos(error.pos[0])
    throw new UserError('yaml.broken', `${file}:${line}:${col} is not valid YAML.`, {
      because: firstSentence(error.message),
      hint: { text: `Line ${line} is: ${(text.split('\n')[line - 1] ?? '').trim()}` },
    })
  }
  const value: unknown = document.toJS()
  const positionAt = (offset: number): Position => {
    const { line, col } = counter.linePos(offset)
    return { line, column: col }
  }
  const positionOf = (path: readonly (string | number)[]): Position => {
    const offsets = path.map((_key, index) => offsetOf(document, path.slice(0, path.length - index)))
    return positionAt(offsets.find((offset) => offset !== undefined) ?? offsetOf(document, []) ?? 0)
  }
  const positionOfKey = (path: readonly (string | number)[]): Position => {
    const parent: unknown = document.getIn(path.slice(0, -1), true)
    const keys: readonly unknown[] = isMap(parent) ? parent.items.map(({ key }) => key) : []
    const key = keys.find((node) => isScalar(node) && node.value === path.at(-1))
    return isScalar(key) && key.range ? positionAt(key.range[0]) : positionOf(path)
  }
  return { value, document, positionOf, positionOfKey }
}

function offsetOf(document: Document, path: readonly (string | number)[]): number | undefined {
  const node: unknown = document.getIn(path, true)
  return isNode(node) ? node.range?.[0] : undefined
}

function firstSentence(message: string): string {
  const sentence = (message.split('\n')[0] ?? message).trim().replace(/:$/, '')
  return sentence.endsWith('.') ? sentence : `${sentence}.`
}
