// In: nothing. Out: the options that commands take, as the command line parser hands them over.
import type { Answers } from '../answers/answers.ts'

/** Of every command. */
export interface CommonOptions {
  readonly dir: string | undefined
  readonly json: boolean
  readonly verbose: boolean
}

/** Of the commands that resolve answers. */
export interface AnswerOptions extends CommonOptions {
  /** By the id of the question, as typed. */
  readonly flags: Readonly<Partial<Record<keyof Answers, string>>>
  readonly yes: boolean
  /** The path of an answers file. */
  readonly answers: string | undefined
}

/** What the command line parser makes of no argument at all. */
export const NO_OPTIONS: AnswerOptions = {
  dir: undefined,
  json: false,
  verbose: false,
  flags: {},
  yes: false,
  answers: undefined,
}
