// In: flags and, in a terminal, a person. Out: exit code; a stack that runs and is proven.
import type { CommandContext } from './command-context.ts'
import { isInteractive } from './is-interactive.ts'
import type { AnswerOptions } from './options.ts'
import { runWizard } from './wizard.ts'

/** The main command. The first question does not wait for what a script needs. */
export async function setup(context: CommandContext, options: AnswerOptions): Promise<number> {
  if (isInteractive(context, options)) return runWizard(context, options)
  return (await import('./unattended.ts')).runUnattended(context, options)
}
