// In: the spec of a stack that is there, and the wanted one. Out: what becomes of the runs, files and users so far, where that changes.
import { bucketUri } from '../stack/object-store.ts'
import type { Auth, Scenario, StackSpec } from '../stack/spec.ts'
import { ARTIFACTS } from '../stack/stores-from-answers.ts'
import type { Style } from './style.ts'

/** Nothing is lost and nothing is moved: that is said before anybody agrees. Empty where everything stays in reach. */
export function formatStoreChanges(
  before: StackSpec | undefined,
  after: StackSpec,
  style: Style,
  columns = style.columns - 3,
): string[] {
  if (before === undefined) return []
  const told = [tellRuns(before, after) ?? tellFiles(before, after), tellUsers(before.auth, after.auth)]
  return told
    .filter((line) => line !== undefined)
    .flatMap((line) => style.wrap(style.yellow(`${style.symbols.bang} ${line}`), columns))
}

function tellRuns(before: StackSpec, after: StackSpec): string | undefined {
  const [former, next] = [placeOfRuns(before), placeOfRuns(after)]
  if (former === next) return undefined
  const files = placeOfFiles(before)
  return `The runs so far stay in ${former}, and their files in ${files}: nothing is moved, and nothing is deleted. From now on the server works with ${next}.`
}

/**
 * MLflow writes into each experiment where its files are: with a server that hands files out, only that it does
 * (`mlflow-artifacts:/`), else the place itself.
 */
function tellFiles(before: StackSpec, after: StackSpec): string | undefined {
  const [former, next] = [placeOfFiles(before), placeOfFiles(after)]
  if (handsFilesOut(before.scenario)) {
    if (!handsFilesOut(after.scenario))
      return `The files so far stay in ${former}. Clients get those of the runs so far through a server that hands files out, which scenario ${after.scenario} has not.`
    if (former === next) return undefined
    return `The files so far stay in ${former}, but the server looks for all files in ${next} from now on. Copy them there, below the same names, or the runs so far have none.`
  }
  if (former !== next)
    return `The experiments so far keep their files in ${former}, and clients must still reach those. New ones get ${next}.`
  if (!handsFilesOut(after.scenario) || before.artifactStore.kind === 'local') return undefined
  return `For the experiments so far, clients still go to ${former} by themselves and need its keys. Files of new ones go through the server.`
}

function tellUsers(before: Auth, after: Auth): string | undefined {
  if (before.kind === 'none' || after.kind === 'none' || before.kind === after.kind) return undefined
  const former = before.kind === 'htpasswd' ? "nginx's password file" : "MLflow's own database"
  return `The users so far stay in ${former}, where nobody asks for them. Only ${after.adminUser} can log in, until mlflow-setup user add has added the others.`
}

function handsFilesOut(scenario: Scenario): boolean {
  return scenario === 3 || scenario >= 5
}

function placeOfRuns({ backendStore: store, name, target }: StackSpec): string {
  if (store.kind !== 'postgres') return target === 'compose' ? volumeOf(name) : store.path
  return store.managed
    ? `database ${store.database} of the stack's PostgreSQL`
    : `database ${store.database} at ${store.host}:${store.port}`
}

function placeOfFiles({ artifactStore: store, name, target }: StackSpec): string {
  if (store.kind === 'local') return target === 'compose' && store.path === ARTIFACTS ? volumeOf(name) : store.path
  if (store.managed !== undefined) return `${bucketUri(store)} of the stack's ${PROGRAMS[store.managed]}`
  return `${bucketUri(store)}${store.endpoint === undefined ? '' : ` at ${store.endpoint}`}`
}

const PROGRAMS = { seaweedfs: 'SeaweedFS', rustfs: 'RustFS' } as const

/** In containers, SQLite and files are together. */
function volumeOf(name: string): string {
  return `the volume ${name}_mlflow-data`
}
