// In: lines. Out: the same on the terminal.
import type { Terminal } from '../ports/terminal.ts'

/** To stdout: what the command was asked for. */
export function printResult(terminal: Terminal, lines: readonly string[]): void {
  if (lines.length > 0) terminal.out(`${lines.join('\n')}\n`)
}

/** To stderr: everything else. */
export function printAside(terminal: Terminal, lines: readonly string[]): void {
  if (lines.length > 0) terminal.err(`${lines.join('\n')}\n`)
}

/** Exactly one JSON document on stdout. */
export function printJson(terminal: Terminal, document: object): void {
  terminal.out(`${JSON.stringify(document, null, 2)}\n`)
}
