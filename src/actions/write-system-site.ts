// In: a site. Out: the site in the system's nginx, tested and loaded.
import type { WriteSystemSiteInput } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'

export const writeSystemSite: ActionKindOf<WriteSystemSiteInput> = {
  inspect: () => Promise.reject(new Error('write-system-site is not part of this version')),
  apply: () => Promise.reject(new Error('write-system-site is not part of this version')),
}
