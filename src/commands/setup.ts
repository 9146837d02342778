// In: flags and, in a terminal, a person. Out: exit code; a stack that runs and is proven.
import type { CommandContext } from './command-context.ts'
import { isInteractive } from './is-interactive.ts'
import type { AnswerOptions } from './options.ts'

/** The main command. Each way is loaded when it is gone: the first question does not wait for the other one. */
export async function setup(context: CommandContext, options: AnswerOptions): Promise<number> {
  if (isInteractive(context, options)) return (await import('./wizard.ts')).runWizard(context, options)
  return (await import('./unattended.ts')).runUnattended(context, options)
}
