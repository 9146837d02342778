// In: the name of a system user. Out: the user is there, without a password and without a shell.
import { ExternalError, UserError } from '../errors.ts'
import type { Command } from '../ports/commands.ts'
import type { CreateUserInput } from '../targets/action.ts'
import { findAccount } from './accounts.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'

const TIME_LIMIT_MS = 30_000

export const createUser: ActionKindOf<CreateUserInput> = {
  async inspect({ name }, ports, signal) {
    const account = await findAccount(name, ports, signal)
    if (account === undefined) return { effect: 'create', why: 'not there yet' }
    if (account.uid === 0) throw rootIsTooMuch(name)
    return { effect: 'unchanged', why: 'there' }
  },

  async apply(input, ports, _progress, signal) {
    for (const steps of waysToAdd(input)) {
      if (await succeeds(steps, input, ports, signal)) return
    }
    throw new ExternalError('account.no-program', `The user ${input.name} cannot be made.`, {
      because: 'This machine has neither useradd nor adduser.',
      hint: { text: 'Make it by hand, or name one that is there with --run-as.' },
    })
  },
}

/** What most distributions have, and what BusyBox has. */
function waysToAdd({ name, home }: CreateUserInput): readonly (readonly (readonly string[])[])[] {
  const shell = '/usr/sbin/nologin'
  return [
    [['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', home, '--shell', shell, name]],
    [
      ['addgroup', '-S', name],
      ['adduser', '-S', '-D', '-H', '-h', home, '-s', '/sbin/nologin', '-G', name, name],
    ],
  ]
}

/** False where the program is not on this machine. */
async function succeeds(
  steps: readonly (readonly string[])[],
  { name }: CreateUserInput,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<boolean> {
  // Programs of administrators are not on every PATH.
  const PATH = `${ports.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  for (const [file = '', ...args] of steps) {
    const command: Command = { file, args, env: { PATH, LC_ALL: 'C.UTF-8' } }
    const { exitCode, found, stderr } = await ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
    if (!found) return false
    // Of two runs at once, or by a run that was killed between two steps.
    if (exitCode === 0 || /already exists|in use/u.test(stderr)) continue
    throw refused(name, [file, ...args].join(' '), exitCode, stderr)
  }
  if ((await findAccount(name, ports, signal)) === undefined) throw refused(name, steps.flat().join(' '), 0, '')
  return true
}

function refused(name: string, command: string, exitCode: number, stderr: string): ExternalError {
  const lastLines = stderr.split('\n').filter((line) => line !== '')
  return new ExternalError('account.not-made', `The user ${name} cannot be made.`, {
    because: lastLines.at(-1) ?? `It is not there after ${command.split(' ')[0] ?? 'that'} ended.`,
    hint: { text: 'Run as root, or name a user that is there with --run-as.' },
    command,
    exitCode,
    lastLines,
  })
}

function rootIsTooMuch(name: string): UserError {
  return new UserError('account.is-root', `The services must not run as ${name}.`, {
    because: 'It is the superuser: whoever breaks into the server would own the machine.',
    hint: { text: 'Name another user; apply makes it.', command: 'mlflow-setup --run-as mlflow' },
  })
}
