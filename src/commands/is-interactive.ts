// In: CommandContext and options. Out: whether there is somebody to ask.
import type { CommandContext } from './command-context.ts'
import type { AnswerOptions } from './options.ts'

/** Questions are asked only of somebody who can answer. */
export function isInteractive(
  { env, terminal }: Pick<CommandContext, 'env' | 'terminal'>,
  options: Partial<Pick<AnswerOptions, 'yes' | 'json'>>,
): boolean {
  const ci = env['CI']
  return (
    terminal.interactive &&
    options.yes !== true &&
    options.json !== true &&
    (ci === undefined || ci === '' || ci === 'false')
  )
}
