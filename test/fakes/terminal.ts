import type { Terminal } from '../../src/ports/terminal.ts'

export interface FakeTerminal extends Terminal {
  /** What was written to stdout so far. */
  readonly stdout: string
  /** What was written to stderr so far. */
  readonly stderr: string
}

/** A terminal that keeps what is written: not interactive, not live, without colour, with Unicode, 80 columns, unless told otherwise. */
export function makeFakeTerminal(facts: Partial<Omit<Terminal, 'out' | 'err'>> = {}): FakeTerminal {
  let stdout = ''
  let stderr = ''
  return {
    interactive: false,
    live: false,
    colour: false,
    unicode: true,
    columns: 80,
    ...facts,
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
    get stdout() {
      return stdout
    },
    get stderr() {
      return stderr
    },
  }
}
