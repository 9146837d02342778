// In: a directory and the programs of PostgreSQL. Out: a cluster there.
import type { CreateClusterInput } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const createCluster: ActionKindOf<CreateClusterInput> = {
  inspect: () => Promise.reject(new Error('create-cluster is not part of this version')),
  apply: () => Promise.reject(new Error('create-cluster is not part of this version')),
}
