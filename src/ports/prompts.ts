import type { Secret } from '../secret.ts'
import { makeLinePrompts } from './line-prompts.ts'
import { frameNote, frameStep, type PromptLook } from './prompt-frames.ts'
import { makeScreenPrompts } from './screen-prompts.ts'
import type { Terminal } from './terminal.ts'

export interface Choice {
  readonly value: string
  readonly label: string
  readonly hint?: string
  /** Stands below the whole question while the cursor is on this choice: `scenario 3`. */
  readonly foot?: string
}

export interface SelectPrompt {
  readonly message: string
  readonly choices: readonly Choice[]
  readonly initial: string
  /** Called once when the question stands on the terminal: work that would have delayed it can begin. */
  readonly onShown?: () => void
}

export interface TextPrompt {
  readonly message: string
  /** What Enter takes while nothing has been typed; Tab takes it for editing. */
  readonly initial: string
  /** Returns what is wrong, or undefined. It runs while the user types. */
  readonly validate: (value: string) => string | undefined
}

export interface SecretPrompt {
  readonly message: string
  /** What Enter does while nothing has been typed, in words: `Enter makes one`. Absent: something must be typed. */
  readonly offer?: string
  /** Returns what is wrong, or undefined. It runs when Enter was pressed. */
  readonly validate: (value: Secret) => string | undefined
}

export interface ConfirmPrompt {
  readonly message: string
  readonly initial: boolean
}

/** Questions in a terminal. Every one throws CancelledError on Ctrl-C, Ctrl-D or Escape. */
export interface Prompts {
  select(prompt: SelectPrompt): Promise<string>
  text(prompt: TextPrompt): Promise<string>
  confirm(prompt: ConfirmPrompt): Promise<boolean>
  /** What is typed is not shown. Undefined when Enter took the offer. */
  secret(prompt: SecretPrompt): Promise<Secret | undefined>
  /** Lines of text in the flow of the questions, beside the guide bar. */
  note(lines: readonly string[]): void
  /** As `note`, as a finished step of its own: the first line has its symbol. */
  step(lines: readonly string[]): void
  intro(title: string): void
  outro(text: string): void
  /** The last line after a cancel, in place of `outro`. */
  cancelled(text: string): void
}

export interface PromptParts {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Ends the question that is open: it throws CancelledError. */
  readonly signal?: AbortSignal
}

/**
 * `look` is what `makeStyle(terminal)` returns. Terminals that cannot move their cursor (TERM=dumb), and people who ask for it
 * (ACCESSIBLE=1, for screen readers), get questions line by line.
 */
export function makePrompts(terminal: Terminal, look: PromptLook, parts: PromptParts = {}): Prompts {
  const { env = process.env } = parts
  const accessible = env['ACCESSIBLE'] ?? ''
  const lines = env['TERM'] === 'dumb' || (accessible !== '' && accessible !== '0' && accessible !== 'false')
  const asking = lines ? makeLinePrompts(terminal, parts.signal) : makeScreenPrompts(look, parts.signal)
  const { first, bar, last } = look.symbols
  const write = (...text: readonly string[]) => terminal.out(`${text.join('\n')}\n`)
  return {
    ...asking,
    note: (text) => write(frameNote(text, look)),
    step: (text) => write(frameStep(text, look)),
    intro: (title) => write(`${look.dim(first)}  ${look.bold(title)}`),
    outro: (text) =>
      write(
        look.dim(bar),
        ...look.wrap(text, look.columns - 3).map((line, i) => `${i === 0 ? look.dim(last) : ' '}  ${line}`),
      ),
    cancelled: (text) => write(`${look.dim(last)}  ${look.red(text)}`),
  }
}
