// In: the first user. Out: the htpasswd file with it, other entries as they were.
import type { SetPasswordFileInput } from '../targets/proxy-actions.ts'
import type { ActionKindOf } from './action-kind.ts'

export const setPasswordFile: ActionKindOf<SetPasswordFileInput> = {
  inspect: () => Promise.reject(new Error('set-password-file is not part of this version')),
  apply: () => Promise.reject(new Error('set-password-file is not part of this version')),
}
