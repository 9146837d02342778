// In: a PostgreSQL server. Out: the role, and the databases that it owns.
import type { CreateDatabaseInput } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const createDatabase: ActionKindOf<CreateDatabaseInput> = {
  inspect: () => Promise.reject(new Error('create-database is not part of this version')),
  apply: () => Promise.reject(new Error('create-database is not part of this version')),
}
