// In: --password-file, the environment, a person at a terminal. Out: a password for a user, and whether we made it.
import { resolve } from 'node:path'
import { expandHome } from '../../answers/expand-home.ts'
import { UserError } from '../../errors.ts'
import { makePassword } from '../../formats/password-hash.ts'
import { secretFromFile } from '../../formats/secret-text.ts'
import { Secret } from '../../secret.ts'
import type { CommandContext } from '../command-context.ts'
import type { Users } from './users.ts'

export interface NewPassword {
  readonly password: Secret
  readonly made: boolean
}

export interface PasswordWish {
  readonly name: string
  readonly file: string | undefined
  /** Whether somebody may be asked. */
  readonly ask: boolean
}

/** Throws UserError `user.password` for one that will not do. */
export async function readNewPassword(context: CommandContext, users: Users, wish: PasswordWish): Promise<NewPassword> {
  const given = (await fromFile(context, wish.file)) ?? fromEnvironment(context)
  if (given !== undefined) {
    const wrong = users.explainWrongPassword(given)
    if (wrong === undefined) return { password: given, made: false }
    throw new UserError('user.password', `The password for ${wish.name} will not do. Nothing was changed.`, {
      because: wrong,
      hint: { text: 'Give another one, or none: then one is made.' },
    })
  }
  const typed = wish.ask ? await askTwice(context, users, wish.name) : undefined
  return typed === undefined ? { password: makePassword(context.random), made: true } : { password: typed, made: false }
}

async function askTwice({ prompts }: CommandContext, users: Users, name: string): Promise<Secret | undefined> {
  const password = await prompts.secret({
    message: `Password for ${name}?`,
    offer: 'Enter makes one',
    validate: (value) => users.explainWrongPassword(value),
  })
  if (password === undefined) return undefined
  await prompts.secret({
    message: 'Once more?',
    validate: (value) => (value.equals(password) ? undefined : 'It is not the same.'),
  })
  return password
}

async function fromFile({ files, cwd, host }: CommandContext, file: string | undefined): Promise<Secret | undefined> {
  if (file === undefined) return undefined
  const text = await files.readText(resolve(cwd, expandHome(file, host.home)))
  if (text !== undefined) return secretFromFile(text)
  throw new UserError('user.no-password-file', `There is no file ${file}.`, {
    hint: { text: 'Name a file that holds the password and nothing else, with --password-file.' },
  })
}

function fromEnvironment({ env }: CommandContext): Secret | undefined {
  const value = env['MLFLOW_SETUP_USER_PASSWORD'] ?? ''
  return value === '' ? undefined : new Secret(value)
}
