// In: a question and words. Out: PreflightProblem, what is wrong with its answer on this machine.
import type { Answers } from '../../answers/answers.ts'
import { flagOf, variableOf } from '../../answers/question.ts'
import type { Problem } from '../../errors.ts'
import type { Commands } from '../../ports/commands.ts'
import type { Files } from '../../ports/files.ts'
import type { Processes } from '../../ports/processes.ts'

/** A problem that changing one answer cures. */
export interface PreflightProblem extends Problem {
  readonly question: keyof Answers
}

export interface PreflightPorts {
  readonly files: Files
  readonly processes: Processes
  readonly commands: Commands
  readonly env: Readonly<Record<string, string>>
}

/** `message` says what is wrong and what would be right. */
export function problemOf(question: keyof Answers, message: string): PreflightProblem {
  return { question, name: flagOf({ id: question }), message, variable: variableOf({ id: question }) }
}
