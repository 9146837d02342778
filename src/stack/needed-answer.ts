// In: answers that should be complete. Out: one of them.
import type { Answers } from '../answers/answers.ts'

/** Throws when it is missing: that is a fault of the catalogue. */
export function needed<K extends keyof Answers>(answers: Partial<Answers>, id: K): Answers[K] {
  const value = answers[id]
  if (value === undefined) throw new Error(`the catalogue left ${id} unanswered`)
  return value
}
