// In: an object store. Out: the bucket, private and proven with the keys of the stack.
import type { CreateBucketInput } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const createBucket: ActionKindOf<CreateBucketInput> = {
  inspect: () => Promise.reject(new Error('create-bucket is not part of this version')),
  apply: () => Promise.reject(new Error('create-bucket is not part of this version')),
}
