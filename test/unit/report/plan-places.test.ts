import { describe, expect, it } from 'vitest'
import { isOutside } from '../../../src/report/plan-places.ts'
import type { ExistingPostgres, StackSpec } from '../../../src/stack/spec.ts'
import { buildPostgresPart } from '../../../src/targets/native/postgres.ts'
import { fakeStack, MANAGED_POSTGRES } from '../../fakes/stack.ts'

const foundation = { folders: 'folders', environment: 'environment', packages: 'packages' }
const existing: ExistingPostgres = {
  kind: 'postgres',
  managed: false,
  host: 'db.example',
  port: 5432,
  database: 'runs',
  user: 'mlflow',
  sslMode: 'verify-full',
  caFile: undefined,
  admin: 'url',
}

function databaseOf(changes: Partial<StackSpec>) {
  const stack = fakeStack(5, changes)
  const action = buildPostgresPart(stack, foundation)?.actions.find(({ kind }) => kind === 'create-database')
  if (action === undefined) throw new Error('no database is made')
  return isOutside(action, stack.directory)
}

describe('what reaches beyond the stack directory', () => {
  it('is a database on a server of others, and not one in a cluster of the stack', () => {
    expect(databaseOf({ backendStore: MANAGED_POSTGRES })).toBe(false)
    expect(databaseOf({ backendStore: existing })).toBe(true)
  })
})
