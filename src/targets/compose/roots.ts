// In: a Stack of containers. Out: the roots by which it trusts its stores: what copies them, and where containers see them.
import { join } from 'node:path'
import { objectStoreOf } from '../../stack/object-store.ts'
import type { Stack } from '../../stack/spec.ts'
import type { Action } from '../action.ts'
import { buildAction } from '../build-action.ts'
import type { TemplateValues } from '../template-values.ts'
import { composeLayout } from './layout.ts'

/** As containers see them: `compose.yaml` mounts the folder, so that a renewed file is seen at once. */
export const POSTGRES_ROOTS = '/roots/postgres.pem'
export const STORE_ROOTS = '/roots/store.pem'

/** The user's files; undefined where the roots that everybody trusts are enough. */
function givenRoots({ spec }: Stack) {
  const { backendStore } = spec
  return {
    database: backendStore.kind === 'postgres' && backendStore.managed === false ? backendStore.caFile : undefined,
    store: objectStoreOf(spec)?.caFile,
  }
}

/** Which containers see the folder. */
export function rootValues(stack: Stack): TemplateValues {
  const { database, store } = givenRoots(stack)
  return { roots: hasRoots(stack), databaseRoots: database !== undefined, storeRoots: store !== undefined }
}

export function hasRoots(stack: Stack): boolean {
  return rootsOf(stack).length > 0
}

/** What servers read when they open a connection, and may keep. */
export function rootFiles(stack: Stack): readonly string[] {
  return rootsOf(stack).map(({ path }) => path)
}

export function installRoots(stack: Stack, needs: readonly string[]): readonly Action[] {
  return rootsOf(stack).map(({ from, path }) => {
    const about = { name: path, title: 'roots of a store', detail: `for containers, from ${from}`, needs }
    return buildAction('install-roots', about, { from, path })
  })
}

function rootsOf(stack: Stack): readonly { readonly from: string; readonly path: string }[] {
  const { database, store } = givenRoots(stack)
  const { roots } = composeLayout(stack.directory)
  return [
    ...(database === undefined ? [] : [{ from: database, path: join(roots, 'postgres.pem') }]),
    ...(store === undefined ? [] : [{ from: store, path: join(roots, 'store.pem') }]),
  ]
}
