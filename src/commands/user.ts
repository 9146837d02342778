// In: add, remove, passwd or list, and a name. Out: exit code; who may log in to the stack.
import { withStackLock } from '../actions/stack-lock.ts'
import { UserError } from '../errors.ts'
import { explainWrongName } from '../formats/password-hash.ts'
import { printJson, printResult } from '../report/print.ts'
import { makeStyle } from '../report/style.ts'
import { buildUserDocument, buildUsersDocument, formatUserChange, formatUsers } from '../report/user-view.ts'
import type { UserChange } from '../report/user-view.ts'
import type { Stack } from '../stack/spec.ts'
import type { CommandContext } from './command-context.ts'
import { requireStack } from './find-stack.ts'
import { isInteractive } from './is-interactive.ts'
import type { CommonOptions } from './options.ts'
import { readNewPassword } from './users/new-password.ts'
import { openUsers } from './users/open-users.ts'
import { requireUser, type User, type Users } from './users/users.ts'

export interface UserOptions extends CommonOptions {
  readonly name: string
  /** A file that holds the password and nothing else. */
  readonly passwordFile: string | undefined
}

/** Names and how their passwords are kept; no hash. Throws UserError `user.no-login` where nobody asks for a password. */
export async function listUsers(context: CommandContext, options: CommonOptions): Promise<number> {
  const stack = await requireStack(context, options.dir)
  const users = await openUsers(context, stack).list()
  const { name } = stack.spec
  if (options.json) printJson(context.terminal, buildUsersDocument(name, users))
  else printResult(context.terminal, formatUsers(users, makeStyle(context.terminal, context.host.home)))
  return 0
}

/**
 * Everything is judged before anything is changed, under the stack's lock. A password that was made is shown once.
 * Throws UserError `user.…` and ExternalError where MLflow itself keeps the users and does not run.
 */
export async function changeUser(
  context: CommandContext,
  options: UserOptions,
  verb: 'add' | 'remove' | 'passwd',
): Promise<number> {
  const stack = await requireStack(context, options.dir)
  const users = openUsers(context, stack)
  const { name } = options
  const refuse = () => refuseChange(verb, name, stack, users)
  const found = await refuse()
  const password = verb === 'remove' ? undefined : await newPassword(context, users, options)
  await withStackLock(stack.directory, context, async () => {
    // Somebody else may have been here while the password was typed.
    await refuse()
    if (password === undefined) await users.remove(name)
    else if (verb === 'add') await users.add(name, password.password)
    else await users.setPassword(name, password.password)
  })
  const change: UserChange = {
    verb,
    name,
    stack: stack.spec.name,
    address: stack.spec.publicUrl,
    made: password?.made === true ? password.password : undefined,
    inEnvironmentFile: found?.first === true,
    note: verb === 'add' ? undefined : users.note,
  }
  if (options.json) printJson(context.terminal, buildUserDocument(change))
  else printResult(context.terminal, formatUserChange(change, makeStyle(context.terminal, context.host.home)))
  return 0
}

function newPassword(context: CommandContext, users: Users, options: UserOptions) {
  const ask = isInteractive(context, options)
  return readNewPassword(context, users, { name: options.name, file: options.passwordFile, ask })
}

/** Returns the user where one is there. Throws UserError before anything is changed. */
async function refuseChange(
  verb: 'add' | 'remove' | 'passwd',
  name: string,
  stack: Stack,
  users: Users,
): Promise<User | undefined> {
  const wrong = explainWrongName(name)
  if (verb === 'add' && wrong !== undefined) {
    throw new UserError('user.name', `${JSON.stringify(name)} cannot be the name of a user: ${wrong}.`, {
      hint: { text: 'Take another name.', command: 'mlflow-setup user add ada' },
    })
  }
  const known = await users.list()
  if (verb !== 'add') {
    const user = requireUser(known, name)
    if (verb === 'remove') refuseRemoval(user, stack)
    return user
  }
  if (known.every((user) => user.name !== name)) return undefined
  throw new UserError('user.exists', `There is a user ${name} already. Nothing was changed.`, {
    hint: { text: 'Give the user another password.', command: `mlflow-setup user passwd ${name}` },
  })
}

function refuseRemoval({ name, first }: User, { spec }: Stack): void {
  if (!first) return
  throw new UserError('user.first', `${name} is the first user of ${spec.name} and stays. Nothing was changed.`, {
    because: 'mlflow-setup logs in as this user, and apply would make it again.',
    hint: { text: 'Lock everybody else out of it with another password.', command: `mlflow-setup user passwd ${name}` },
  })
}
