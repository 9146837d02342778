// In: nothing. Out: Users, those who may log in to a stack, wherever they are kept.
import { closest } from 'fastest-levenshtein'
import { UserError } from '../../errors.ts'
import type { Secret } from '../../secret.ts'

export interface User {
  readonly name: string
  /** How the password is kept, in words: `bcrypt`. */
  readonly hash: string
  /** The first user of the stack, whose password is in `.env`. */
  readonly first: boolean
  /** Who may do everything; the same for all where nginx asks for the password. */
  readonly admin: boolean
  /** Whether somebody else than mlflow-setup put the password there. */
  readonly foreign: boolean
}

/** Every change holds when it returns, or throws UserError or ExternalError. */
export interface Users {
  list(): Promise<readonly User[]>
  add(name: string, password: Secret): Promise<void>
  setPassword(name: string, password: Secret): Promise<void>
  remove(name: string): Promise<void>
  /** What keeps it from being a password here, or undefined. */
  explainWrongPassword(password: Secret): string | undefined
  /** What a person should know of a change, a sentence. */
  readonly note: string | undefined
}

/** Throws UserError `user.none`, with what was probably meant. */
export function requireUser(users: readonly User[], name: string): User {
  const found = users.find((user) => user.name === name)
  if (found !== undefined) return found
  const names = users.map((user) => user.name)
  throw new UserError('user.none', `There is no user ${name}.`, {
    hint:
      names.length === 0
        ? { text: 'Add the user.', command: `mlflow-setup user add ${name}` }
        : { text: `Did you mean ${closest(name, names)}? All of them:`, command: 'mlflow-setup user list' },
  })
}
