// In: a stack. Out: Users, those who may log in to it.
import { UserError } from '../../errors.ts'
import type { Stack } from '../../stack/spec.ts'
import type { CommandContext } from '../command-context.ts'
import { makeBasicAuthUsers } from './basic-auth-users.ts'
import { makeHtpasswdUsers } from './htpasswd-users.ts'
import type { Users } from './users.ts'

/** Throws UserError `user.no-login` for a stack that asks nobody for a password. */
export function openUsers(context: CommandContext, stack: Stack): Users {
  const { auth, scenario, publicUrl } = stack.spec
  if (auth.kind === 'htpasswd') return makeHtpasswdUsers(stack, auth.adminUser, context)
  if (auth.kind === 'basic-auth') return makeBasicAuthUsers(stack, auth.adminUser, context)
  throw new UserError('user.no-login', `The stack in ${stack.directory} has no users: it asks nobody for a password.`, {
    because:
      publicUrl === undefined
        ? `Scenario ${scenario} has no server.`
        : 'It was set up with --auth none, and answers everybody who reaches it.',
    hint:
      publicUrl === undefined
        ? { text: 'A scenario with a server can have users:', command: 'mlflow-setup --scenario 5 --auth htpasswd' }
        : { text: 'Set it up again with a login.', command: 'mlflow-setup --auth htpasswd' },
  })
}
