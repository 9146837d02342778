// In: a Stack of containers. Out: the volumes that hold its data.
import { objectStoreOf } from '../../stack/object-store.ts'
import type { Stack } from '../../stack/spec.ts'
import type { DataVolume, Project } from '../compose-actions.ts'
import { artifactFolder } from './artifact-folder.ts'
import { POSTGRES_VOLUME } from './layout.ts'
import { postgresOf } from './stores.ts'

/** What a volume holds for a while only is not among them. */
export function dataVolumes(stack: Stack): readonly DataVolume[] {
  const { backendStore, name, notebook } = stack.spec
  const postgres = postgresOf(stack)
  const store = objectStoreOf(stack.spec)
  const local = store === undefined && artifactFolder(stack) === undefined
  const volumes = [
    ...(postgres === undefined || postgres.managed === false ? [] : [POSTGRES_VOLUME]),
    ...(store?.managed === undefined ? [] : [`${store.managed}-data`]),
    ...(backendStore.kind === 'sqlite' || local ? ['mlflow-data'] : []),
    ...(notebook === true ? ['notebook-data'] : []),
  ]
  return volumes.map((volume) => ({ volume, name: `${name}_${volume}` }))
}

/** The one of a PostgreSQL of the stack's own. */
export function databaseVolume({ spec }: Stack): string {
  return `${spec.name}_${POSTGRES_VOLUME}`
}

/** What the engine calls by the name of the stack. */
export function projectOf(stack: Stack): Project {
  const volumes = dataVolumes(stack).map(({ name }) => name)
  return { stackName: stack.spec.name, stackDirectory: stack.directory, volumes }
}
