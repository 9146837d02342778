// In: nothing. Out: Question, one thing the user decides, from which flag, variable, prompt, help, schema and README row derive.
import type { GenericSchema } from 'valibot'
import type { Machine } from './machine.ts'
import type { Answers, Program } from './answers.ts'

/** What defaults and checks may look at. */
export interface Facts {
  readonly machine: Machine
  readonly home: string | undefined
  readonly cwd: string
  /** What the user answered in any way but through an existing stack, as typed; `resolveAnswers` fills it in. */
  readonly given: Readonly<Partial<Record<keyof Answers, unknown>>>
  /** Programs that may be installed when they are missing. */
  readonly installable: readonly Program[]
  /** The secrets that are at hand, by the variables they are given in; a stack's own by their names in `.env`. */
  readonly secrets: readonly string[]
  /** What the environment says about object stores, as boto3 and MLflow read it. */
  readonly aws: AwsFacts
}

export interface AwsFacts {
  readonly region: string | undefined
  readonly profile: string | undefined
  /** The address of a store, and the variable that names it. */
  readonly endpoint: { readonly url: string; readonly variable: string } | undefined
}

export interface Option {
  readonly value: string
  /** In the words of the user's situation. */
  readonly label: string
  readonly hint: string
  /** What stands below the whole question while the cursor is here. */
  readonly foot?: string
}

export interface Default<T> {
  readonly value: T
  /** Why this one: `free port`, `the newest that MLflow supports`. */
  readonly why?: string
}

export type AnswerValue = string | number

/** One question; `K` is the name of its answer in the code, from which flag, variable and key derive. */
export interface Question<K extends keyof Answers = keyof Answers> {
  readonly id: K
  readonly group: 'Stack' | 'Server' | 'Login' | 'Stores' | 'PostgreSQL' | 'S3' | 'Machine' | 'Proof'
  /** How help shows the value: `<url>`. */
  readonly placeholder: string
  /** One line for help and README. */
  readonly summary: string
  /** What the wizard asks. */
  readonly ask: string
  /** Whether the wizard asks by itself; else only where there is no default, and when the user wants to change an answer. */
  asks?(answers: Partial<Answers>, facts: Facts): boolean
  readonly kind: 'integer' | 'text'
  /** Every value that it can take, where that is a fixed set. */
  readonly choices?: readonly AnswerValue[]
  /** The choices that make sense here, in the user's words. */
  options?(answers: Partial<Answers>, facts: Facts): readonly Option[] | undefined
  /** Whether it applies; always, when absent. */
  when?(answers: Partial<Answers>): boolean
  /** Why it does not apply, for somebody who answered it all the same. */
  readonly whenNot?: string
  /** From flag, variable, file or keyboard to the answer. A message goes on after the value: `is not a port`. */
  readonly schema: GenericSchema<unknown, Answers[K]>
  /** Why a valid value does not go with the earlier answers, or undefined when it does; goes on after the value. */
  conflict?(value: Answers[K], answers: Partial<Answers>): string | undefined
  /**
   * What the address in an earlier answer says instead, and the flag of that answer. Who gives both must mean the same;
   * who is asked may have thought better of it.
   */
  saidBefore?(answers: Partial<Answers>): { readonly flag: string; readonly value: Answers[K] } | undefined
  /** What other answers of the user's make of it, before an existing stack counts: `--postgres-host` wants PostgreSQL. */
  implied?(facts: Facts): Answers[K] | undefined
  /** Whether what an existing stack says no longer counts, because what it hangs on is another one now. */
  outdated?(answers: Partial<Answers>, before: Partial<Answers>): boolean
  /** The program whose place it asks for, where that can be installed. */
  readonly program?: Program
  /** The program that this answer takes and the machine does not have. */
  lacks?(value: Answers[K], facts: Facts): Program | undefined
  /** What the answer becomes on this machine: `~` and relative paths made absolute. */
  normalise?(value: Answers[K], facts: Facts): Answers[K]
  /** Undefined when there is none: then it must be answered. */
  default(answers: Partial<Answers>, facts: Facts): Default<Answers[K]> | undefined
  /** Why there is no default here, and the cure; goes on after `missing: `. */
  missing?(facts: Facts, answers: Partial<Answers>): string
  /** In README and help, instead of a default that depends on the machine. */
  readonly defaultInWords: string
}

/** Gives the compiler the name of the answer, so that schema and default are checked against its type. */
export function question<K extends keyof Answers>(definition: Question<K>): Question<K> {
  return definition
}

/** `publicUrl` → `--public-url` */
export function flagOf(question: Pick<Question, 'id'>): string {
  return `--${keyOf(question)}`
}

/** `publicUrl` → `public-url`, its key in an answers file. */
export function keyOf(question: Pick<Question, 'id'>): string {
  return question.id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `publicUrl` → `MLFLOW_SETUP_PUBLIC_URL` */
export function variableOf(question: Pick<Question, 'id'>): string {
  return `MLFLOW_SETUP_${keyOf(question).replaceAll('-', '_').toUpperCase()}`
}
