// In: a Stack. Out: the actions that make its folders, each for whoever writes there; the last one stands for all.
import { isAbsolute, relative } from 'node:path'
import type { Stack } from '../../stack/spec.ts'
import { buildAction } from '../build-action.ts'
import type { Action } from '../action.ts'
import { buildLayout, isForTeam, localStores } from './layout.ts'

export function buildFolderActions(stack: Stack): readonly Action[] {
  const { runAs } = stack.spec
  return runAs === undefined ? [makeOwn(stack)] : makeForUser(stack, runAs)
}

/** All of one user: nobody else has any business there. */
function makeOwn(stack: Stack): Action {
  const { own, logs, temporary } = buildLayout(stack.directory)
  const { publicUrl } = stack.spec
  const paths = new Set([
    stack.directory,
    own,
    ...localStores(stack),
    ...(publicUrl === undefined ? [] : [logs]),
    ...(isForTeam(stack) ? [temporary] : []),
  ])
  const about = { name: 'folders', title: 'folders', detail: 'for data, logs and settings, 0700', needs: [] }
  return buildAction('make-directories', about, { paths: [...paths], mode: 0o700 })
}

/** Programs and settings are root's, and the services only read them; data is their user's. */
function makeForUser(stack: Stack, owner: string): readonly Action[] {
  const { directory } = stack
  const { own, logs, temporary, bytecode } = buildLayout(directory)
  const detail = 'without a password or a shell'
  const user = buildAction(
    'create-user',
    { name: owner, title: `user ${owner}`, detail, needs: [] },
    { name: owner, home: NO_HOME },
  )
  const outer = buildAction(
    'make-directories',
    { name: 'directory', title: 'stack directory', detail: directory, needs: [] },
    { paths: [directory], mode: 0o755 },
  )
  const inner = buildAction(
    'make-directories',
    { name: 'settings', title: 'folders', detail: 'for logs and settings, 0700', needs: [outer.id] },
    { paths: [own, logs], mode: 0o700 },
  )
  const stores = localStores(stack)
  const elsewhere = stores.filter((path) => !isInside(path, directory))
  const inside = [...stores.filter((path) => isInside(path, directory)), temporary, bytecode]
  const about = { title: 'folders', detail: `for data, 0700, of ${owner}` }
  const foreign = buildAction(
    'make-directories',
    { ...about, name: 'stores', needs: [user.id] },
    { paths: elsewhere, mode: 0o700, owner, keepsOwner: true },
  )
  const data = buildAction(
    'make-directories',
    { ...about, name: 'folders', needs: [user.id, inner.id, ...(elsewhere.length === 0 ? [] : [foreign.id])] },
    { paths: inside, mode: 0o700, owner },
  )
  return [user, outer, inner, ...(elsewhere.length === 0 ? [] : [foreign]), data]
}

/** As Debian has it for users that own nothing. */
const NO_HOME = '/nonexistent'

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return !way.startsWith('..') && !isAbsolute(way)
}
