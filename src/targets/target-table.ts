// In: the name of a target. Out: the target. One line each.
import { unreachable } from '../errors.ts'
import type { TargetName } from '../stack/spec.ts'
import { compose } from './compose/compose.ts'
import { native } from './native/native.ts'
import type { Target } from './target.ts'

/** Throws for a target that this version does not have: answers and spec let none through. */
export function targetOf(name: TargetName): Target {
  switch (name) {
    case 'native':
      return native
    case 'compose':
      return compose
    case 'kubernetes':
    case 'openshift':
      throw new Error(`target ${name} is not part of this version`)
    default:
      return unreachable(name)
  }
}
