// In: users of a stack, or a change of one. Out: lines, or one JSON document.
import { showMadePassword } from '../formats/password-hash.ts'
import type { Secret } from '../secret.ts'
import type { JsonDocument } from './json.ts'
import { alignColumns, hang } from './layout.ts'
import type { Style } from './style.ts'

export interface ShownUser {
  readonly name: string
  readonly hash: string
  readonly first: boolean
  readonly admin: boolean
  readonly foreign: boolean
}

export interface UserChange {
  readonly verb: 'add' | 'remove' | 'passwd'
  readonly name: string
  readonly stack: string
  readonly address: string | undefined
  /** A password that we made, which is shown this once. */
  readonly made: Secret | undefined
  /** Whether `.env` has the password too. */
  readonly inEnvironmentFile: boolean
  /** What a person should know besides. */
  readonly note: string | undefined
}

export function formatUsers(users: readonly ShownUser[], style: Style): string[] {
  if (users.length === 0) return ['Nobody can log in.']
  const rows = users.map(({ name, hash, first, admin, foreign }) => [
    name,
    style.dim(hash),
    [
      ...(first ? ['first user, password in .env'] : admin ? [] : ['not an administrator']),
      ...(foreign ? ['set by other means'] : []),
    ].join(', '),
  ])
  return alignColumns(rows)
}

export function formatUserChange(change: UserChange, style: Style): string[] {
  const { name, made, note } = change
  return [
    sentenceOf(change),
    ...(made === undefined ? [] : ['', `  User      ${name}`, `  Password  ${style.bold(showMadePassword(made))}`, '']),
    ...(made === undefined || change.inEnvironmentFile ? [] : ['The password is not shown again.']),
    ...(change.inEnvironmentFile ? [`It is in .env too, where mlflow-setup takes it from.`] : []),
    ...(note === undefined ? [] : hang('', note, style.columns)),
  ]
}

function sentenceOf({ verb, name, stack, address }: UserChange): string {
  if (verb === 'add') return `${name} may log in to ${address ?? stack}.`
  if (verb === 'remove') return `${name} may no longer log in.`
  return `${name} has another password.`
}

export function buildUsersDocument(stack: string, users: readonly ShownUser[]): JsonDocument {
  return { schemaVersion: 1, kind: 'users', name: stack, users }
}

export function buildUserDocument({ verb, name, stack, made }: UserChange): JsonDocument {
  return {
    schemaVersion: 1,
    kind: 'user',
    name: stack,
    user: name,
    result: { add: 'added', remove: 'removed', passwd: 'changed' }[verb],
    // Said once, to whoever asked for it; null where the caller gave it, or where there is none.
    password: made === undefined ? null : showMadePassword(made),
  }
}
