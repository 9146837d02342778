// In: this process. Out: its terminal: all that a text which is ready needs.
import { makeTerminal, type Terminal } from './ports/terminal.ts'

/** A file of its own, so that `--help` loads nothing else. */
export function openTerminal(): Terminal {
  return makeTerminal()
}
