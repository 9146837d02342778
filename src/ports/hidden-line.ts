// In: a question. Out: the line that is typed behind it, which the terminal does not show.
import { CancelledError } from '../errors.ts'
import type { Terminal } from './terminal.ts'

const ESCAPE = '\u001b'
const CANCELS = ['\u0003', '\u0004', ESCAPE]
const BACKSPACES = ['\b', '\u007f']
const CTRL_U = '\u0015'

export interface HiddenQuestion {
  readonly question: string
  /** Returns what is wrong, or undefined: then the line is the answer, else the question is asked again. */
  readonly check: (line: string) => string | undefined
}

/** Key by key, because a terminal in line mode shows what is typed. Ctrl-C, Ctrl-D, Escape and the end of the input are a cancel. */
export async function readHiddenLine(
  { question, check }: HiddenQuestion,
  terminal: Terminal,
  signal: AbortSignal | undefined,
): Promise<string> {
  signal?.throwIfAborted()
  const { stdin } = process
  const typed: string[] = []
  return new Promise<string>((resolve, reject) => {
    const stop = () => {
      stdin.off('data', onKeys).off('end', cancel).setRawMode(false).pause()
      signal?.removeEventListener('abort', cancel)
      terminal.out('\n')
    }
    const cancel = () => {
      stop()
      reject(new CancelledError())
    }
    const onKeys = (text: string) => {
      // The keys that move the cursor come as a sequence.
      for (const key of text.length > 1 && text.startsWith(ESCAPE) ? '' : text) {
        if (CANCELS.includes(key)) return cancel()
        if (key === '\r' || key === '\n') {
          const line = typed.splice(0).join('')
          const wrong = check(line)
          if (wrong !== undefined) return terminal.out(`\n  ${wrong}\n${question}`)
          stop()
          return resolve(line)
        }
        editLine(typed, key)
      }
    }
    stdin.setEncoding('utf8').setRawMode(true).on('data', onKeys).once('end', cancel).resume()
    signal?.addEventListener('abort', cancel, { once: true })
    // Last: what is typed as soon as the question stands there must not be shown.
    terminal.out(question)
  })
}

function editLine(typed: string[], key: string): void {
  if (key === CTRL_U) typed.length = 0
  else if (BACKSPACES.includes(key)) typed.pop()
  else if (key >= ' ') typed.push(key)
}
