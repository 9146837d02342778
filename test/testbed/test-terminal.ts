// In: arguments. Out: the built program at a pseudo-terminal of its own, as a person has it before them.
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { spawn } from '@lydell/node-pty'

const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))
const PATIENCE_MS = 120_000

export const KEYS = { enter: '\r', down: '\u001b[B', up: '\u001b[A', backspace: '\u007f', ctrlC: '\u0003' } as const

export interface TestTerminal {
  /** Everything that was written, with its control sequences. */
  raw(): string
  /** The same without them. */
  text(): string
  /** Resolves when the text comes after everything that was waited for before. */
  sees(wanted: string, patienceMs?: number): Promise<void>
  /** One key after the other, each after the program has taken up the one before. */
  press(...keys: readonly string[]): void
  kill(signal: string): void
  /** The exit code. */
  ends(): Promise<number>
  close(): void
}

/** A size of 0 is that of a terminal whose size nobody has set, as containers and remote commands have it. */
export function openTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  size = { cols: 100, rows: 50 },
): TestTerminal {
  const command = [process.execPath, BIN, ...args]
  const [file = '', ...words] =
    size.cols > 0 ? command : ['sh', '-c', 'stty cols 0 rows 0 && exec "$@"', 'sh', ...command]
  const pty = spawn(file, words, {
    ...(size.cols > 0 ? size : {}),
    name: 'xterm-256color',
    cwd,
    env: { ...env, TERM: 'xterm-256color' },
  })
  let written = ''
  let seen = 0
  let heard = () => {}
  let exitCode: number | undefined
  pty.onData((data) => {
    written += data
    heard()
  })
  const over = new Promise<number>((resolve) => {
    pty.onExit((end) => {
      exitCode = end.exitCode
      resolve(end.exitCode)
      heard()
    })
  })
  const text = () => stripVTControlCharacters(written).replaceAll('\r', '')
  const change = () =>
    new Promise<void>((resolve) => {
      heard = resolve
    })
  return {
    raw: () => written,
    text,
    async sees(wanted, patienceMs = PATIENCE_MS) {
      const deadline = performance.now() + patienceMs
      const late = setTimeout(() => heard(), patienceMs)
      for (;;) {
        const at = text().indexOf(wanted, seen)
        if (at >= 0) {
          clearTimeout(late)
          seen = at + wanted.length
          return
        }
        if (performance.now() >= deadline || exitCode !== undefined)
          throw new Error(`never saw ${JSON.stringify(wanted)} in:\n${text()}`)
        await change()
      }
    },
    press: (...keys) => keys.forEach((key) => pty.write(key)),
    kill: (signal) => pty.kill(signal),
    ends: () => over,
    close() {
      if (exitCode === undefined) pty.kill('SIGKILL')
    },
  }
}
