// In: the text of a YAML file. Out: its value and the line of each key, or an error with line and column.
import { LineCounter, parseDocument, isNode, type Document } from 'yaml'
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
  /** The place of a key (or of the nearest parent that is there). */
  positionOf(path: readonly (string | number)[]): Position
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
  return {
    value,
    document,
    positionOf(path) {
      for (let length = path.length; length >= 0; length--) {
        const offset = offsetOf(document, path.slice(0, length))
        if (offset !== undefined) {
          const { line, col } = counter.linePos(offset)
          return { line, column: col }
        }
      }
      return { line: 1, column: 1 }
    },
  }
}

function offsetOf(document: Document, path: readonly (string | number)[]): number | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true)
  return isNode(node) ? node.range?.[0] : undefined
}

function firstSentence(message: string): string {
  const sentence = (message.split('\n')[0] ?? message).trim().replace(/:$/, '')
  return sentence.endsWith('.') ? sentence : `${sentence}.`
}
