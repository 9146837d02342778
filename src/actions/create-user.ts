// In: a name. Out: a system user without a login.
import type { CreateUserInput } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const createUser: ActionKindOf<CreateUserInput> = {
  inspect: () => Promise.reject(new Error('create-user is not part of this version')),
  apply: () => Promise.reject(new Error('create-user is not part of this version')),
}
