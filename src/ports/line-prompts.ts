import { CancelledError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { readHiddenLine } from './hidden-line.ts'
import type { Choice, Prompts, SecretPrompt } from './prompts.ts'
import { wrongSecret } from './wrong-secret.ts'
import type { Terminal } from './terminal.ts'

/** Questions line by line: nothing moves, nothing is drawn twice. Ctrl-C and the end of the input are a cancel. */
export function makeLinePrompts(
  terminal: Terminal,
  signal: AbortSignal | undefined,
): Pick<Prompts, 'select' | 'text' | 'confirm' | 'secret'> {
  async function askUntil<T>(question: string, read: (line: string) => { value: T } | { wrong: string }): Promise<T> {
    for (;;) {
      const answer = read((await readLine(question, terminal, signal)).trim())
      if ('value' in answer) return answer.value
      terminal.out(`  ${answer.wrong}\n`)
    }
  }

  return {
    async select({ message, choices, initial, onShown }) {
      const start = choices.findIndex((choice) => choice.value === initial) + 1 || 1
      terminal.out(`\n${message}\n${listChoices(choices)}`)
      onShown?.()
      return askUntil(`Number [${start}]: `, (line) => {
        const chosen = choices[(line === '' ? start : Number(line)) - 1]
        return chosen === undefined ? { wrong: `Type a number from 1 to ${choices.length}.` } : { value: chosen.value }
      })
    },
    async text({ message, initial, validate }) {
      terminal.out('\n')
      return askUntil(initial === '' ? `${message} ` : `${message} [${initial}]: `, (line) => {
        const value = line === '' ? initial : line
        const wrong = validate(value)
        return wrong === undefined ? { value } : { wrong }
      })
    },
    async confirm({ message, initial }) {
      terminal.out('\n')
      return askUntil(`${message} [${initial ? 'yes' : 'no'}]: `, (line) => {
        if (line === '') return { value: initial }
        return /^(y|yes|n|no)$/i.test(line) ? { value: /^y/i.test(line) } : { wrong: 'Type yes or no.' }
      })
    },
    secret: (prompt) => askSecret(prompt, terminal, signal),
  }
}

async function askSecret(
  { message, offer, validate }: SecretPrompt,
  terminal: Terminal,
  signal: AbortSignal | undefined,
): Promise<Secret | undefined> {
  terminal.out('\n')
  const question = `${message}${offer === undefined ? '' : ` (${offer})`} `
  const check = (line: string) => wrongSecret(line, offer, validate)
  const typed = await readHiddenLine({ question, check }, terminal, signal)
  return typed === '' ? undefined : new Secret(typed)
}

function listChoices(choices: readonly Choice[]): string {
  const lines = choices.map(({ label, hint, foot }, i) => {
    const more = [foot, hint].filter((text) => text !== undefined).join(': ')
    return `  ${i + 1}  ${label}\n${more === '' ? '' : `     ${more}\n`}`
  })
  return lines.join('')
}

async function readLine(question: string, terminal: Terminal, signal: AbortSignal | undefined): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  signal?.throwIfAborted()
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: false })
  try {
    return await new Promise<string>((resolve, reject) => {
      const cancel = () => {
        // What was typed, or ^C, stands on the line.
        terminal.out('\n')
        reject(new CancelledError())
      }
      lines.once('close', cancel)
      signal?.addEventListener('abort', cancel, { once: true })
      // The terminal is in line mode, so Ctrl-C arrives as a signal and not as a key.
      process.once('SIGINT', cancel)
      void lines
        .question(question)
        .then(resolve, reject)
        .finally(() => {
          lines.off('close', cancel)
          signal?.removeEventListener('abort', cancel)
          process.off('SIGINT', cancel)
        })
    })
  } finally {
    lines.close()
  }
}
