// In: what the command line parser did not understand. Out: the error, in our words, with what was probably meant.
import type { Command, CommanderError } from 'commander'
import { UserError, type Hint } from '../errors.ts'
import { formatList } from '../report/quantities.ts'

export async function wrongCommandLine(
  error: CommanderError,
  program: Command,
  args: readonly string[],
): Promise<UserError> {
  const names = program.commands.map((command) => command.name())
  const asked = args.find((arg) => names.includes(arg))
  const help = `mlflow-setup ${asked === undefined ? '' : `${asked} `}--help`
  const verbs = program.commands.find((command) => command.name() === asked)?.commands ?? []
  const stranger = args.find((arg) => !arg.startsWith('-') && arg !== 'help' && !names.includes(arg))
  if (error.code === 'commander.help' && asked !== undefined) return lacksVerb(asked, verbs, help)
  if (
    ['commander.excessArguments', 'commander.help'].includes(error.code) &&
    asked === undefined &&
    stranger !== undefined
  ) {
    return new UserError('arguments.unknown-command', `${stranger} is not a command.`, {
      hint: await meantCommand(stranger, names),
    })
  }
  const [message = '', suggestion] = error.message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .split('\n')
  const meant = /^\(Did you mean (\w+)\?\)$/.exec(suggestion ?? '')?.[1]
  const hint =
    meant === undefined
      ? { text: suggestion?.replace(/^\(|\)$/g, '') ?? 'These are the options:', command: help }
      : { text: 'Did you mean:', command: `mlflow-setup ${asked ?? ''} ${meant}` }
  return new UserError('arguments.wrong', `${message.charAt(0).toUpperCase()}${message.slice(1)}.`, { hint })
}

async function meantCommand(stranger: string, names: readonly string[]): Promise<Hint> {
  const { distance } = await import('fastest-levenshtein')
  const meant = names.find((name) => distance(name, stranger) <= 2)
  return meant === undefined
    ? { text: 'These are:', command: 'mlflow-setup --help' }
    : { text: 'Did you mean:', command: `mlflow-setup ${meant}` }
}

/** `mlflow-setup user`, and nothing behind it. */
function lacksVerb(asked: string, verbs: readonly Command[], help: string): UserError {
  const names = formatList(verbs.map((verb) => verb.name())).replace(/ and ([^ ]+)$/, ' or $1')
  return new UserError('arguments.no-verb', `${asked} does not say what to do: ${names}.`, {
    hint: { text: 'More about them:', command: help },
  })
}
