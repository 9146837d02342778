import { CancelledError } from '../../src/errors.ts'
import type { Prompts } from '../../src/ports/prompts.ts'
import { Secret } from '../../src/secret.ts'

/** In place of an answer: the user presses Ctrl-C. */
export const CTRL_C = Symbol('Ctrl-C')

/** In place of an answer: the user presses Enter, and takes what is offered. */
export const ENTER = Symbol('Enter')

type Answer = string | boolean | typeof CTRL_C | typeof ENTER

export interface FakePrompts extends Prompts {
  /** Everything that was shown, in order; questions start with `? `. */
  readonly shown: readonly string[]
  /** The messages of the questions that were asked, in order. */
  readonly asked: readonly string[]
  /** Answers that nobody asked for, which is a mistake in the test or in the wizard. */
  readonly unused: readonly string[]
}

/**
 * Answers by question, by its whole message or the start of it. Several answers to one question are given one after the other;
 * `{ rest: ENTER }` accepts whatever else is asked. Any other question, and an answer that the real prompt would refuse, fails the test.
 */
export function makeFakePrompts(
  answers: Readonly<Record<string, Answer | readonly Answer[]>>,
  options: { rest?: typeof ENTER } = {},
): FakePrompts {
  const left = new Map(
    Object.entries(answers).map(([question, answer]) => [question, Array.isArray(answer) ? [...answer] : [answer]]),
  )
  const shown: string[] = []
  const asked: string[] = []

  function answerTo(message: string): Answer {
    shown.push(`? ${message}`)
    asked.push(message)
    const key = [...left.keys()].find((start) => message.startsWith(start) && (left.get(start)?.length ?? 0) > 0)
    const answer = key === undefined ? options.rest : left.get(key)?.shift()
    if (answer === undefined) throw new Error(`an unexpected question was asked: ${message}`)
    if (answer === CTRL_C) throw new CancelledError()
    return answer
  }

  return {
    async select({ message, choices, initial, onShown }) {
      onShown?.()
      const answer = answerTo(message)
      const value = answer === ENTER ? initial : answer
      const chosen = choices.find((choice) => choice.value === value)
      if (chosen === undefined) {
        throw new Error(
          `${message} has no choice ${String(value)}, only ${choices.map((choice) => choice.value).join(', ')}`,
        )
      }
      shown.push(`  ${chosen.label}`)
      return chosen.value
    },
    async text({ message, initial, validate }) {
      const answer = answerTo(message)
      const value = answer === ENTER ? initial : String(answer)
      const wrong = validate(value)
      if (wrong !== undefined) throw new Error(`${message} refuses ${JSON.stringify(value)}: ${wrong}`)
      shown.push(`  ${value}`)
      return value
    },
    async confirm({ message, initial }) {
      const answer = answerTo(message)
      const value = answer === ENTER ? initial : answer
      if (typeof value !== 'boolean') throw new Error(`${message} takes true or false, not ${JSON.stringify(value)}`)
      shown.push(`  ${value ? 'yes' : 'no'}`)
      return value
    },
    async secret({ message, offer, validate }) {
      const answer = answerTo(message)
      if (answer === ENTER) {
        if (offer === undefined) throw new Error(`${message} wants something typed`)
        return undefined
      }
      const value = new Secret(String(answer))
      const wrong = validate(value)
      if (wrong !== undefined) throw new Error(`${message} refuses the secret: ${wrong}`)
      shown.push('  ****')
      return value
    },
    note: (lines) => void shown.push(...lines),
    step: (lines) => void shown.push(...lines),
    intro: (title) => void shown.push(title),
    outro: (text) => void shown.push(text),
    cancelled: (text) => void shown.push(text),
    shown,
    asked,
    get unused() {
      return [...left].filter(([, rest]) => rest.length > 0).map(([question]) => question)
    },
  }
}
