// In: a Stack of containers. Out: the action that gives its own database the password of .env.
import type { Stack } from '../../stack/spec.ts'
import type { Action } from '../action.ts'
import { buildAction } from '../build-action.ts'
import { requireImages } from './compose-values.ts'
import { composeLayout } from './layout.ts'
import { postgresOf } from './stores.ts'
import { databaseVolume } from './volumes.ts'

/** Before others log in: a volume may have another one than `.env`, and its image does not change that any more. */
export function setDatabasePassword(stack: Stack, needs: readonly string[]): readonly Action[] {
  const store = postgresOf(stack)
  const image = requireImages(stack).postgres
  if (store === undefined || store.managed === false || image === undefined) return []
  const { spec, directory } = stack
  const about = { name: spec.name, title: 'database password', detail: 'as .env has it', needs }
  const { user, database } = store
  const where = { stackName: spec.name, stackDirectory: directory, volume: databaseVolume(stack) }
  const input = { ...where, image, digests: composeLayout(directory).digests, user, database }
  return [buildAction('set-database-password', about, input)]
}
