// In: an empty or older database. Out: the tables of the pinned MLflow.
import type { InitialiseSchemaInput } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const initialiseSchema: ActionKindOf<InitialiseSchemaInput> = {
  inspect: () => Promise.reject(new Error('initialise-schema is not part of this version')),
  apply: () => Promise.reject(new Error('initialise-schema is not part of this version')),
}
