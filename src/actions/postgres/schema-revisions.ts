// In: a version of MLflow, and where it is installed. Out: the revisions of tables that it knows, in no order but the last.
import { dirname, join } from 'node:path'
import { PINNED_MLFLOW_VERSION } from '../../answers/pinned-version.ts'
import type { ActionPorts } from '../action-kind.ts'

export interface Revisions {
  /** The one that its servers want. */
  readonly head: string
  readonly known: ReadonlySet<string>
}

type Ports = Pick<ActionPorts, 'files' | 'templates'>

/** Undefined while a version that we have no list of is not installed. */
export async function readRevisions(python: string, version: string, ports: Ports): Promise<Revisions | undefined> {
  if (version === PINNED_MLFLOW_VERSION) {
    const text = await ports.templates.read(`native/revisions-${version}.txt`)
    const inOrder = text.split('\n').filter((line) => /^[0-9a-f]+$/u.test(line))
    return buildRevisions(inOrder.slice(-1), inOrder)
  }
  const folder = await findMigrations(python, version, ports)
  return folder === undefined ? undefined : readMigrations(folder, ports)
}

function buildRevisions(heads: readonly string[], known: readonly string[]): Revisions {
  const [head] = heads
  if (head === undefined || heads.length > 1) throw new Error(`MLflow's tables have ${heads.length} last revisions`)
  return { head, known: new Set(known) }
}

async function findMigrations(python: string, version: string, { files }: Ports): Promise<string | undefined> {
  const lib = join(dirname(dirname(python)), 'lib')
  const [name] = (await files.list(lib)).filter((entry) => entry.startsWith('python3'))
  if (name === undefined) return undefined
  const packages = join(lib, name, 'site-packages')
  const installed = await files.stat(join(packages, `mlflow-${version}.dist-info`))
  return installed === undefined ? undefined : join(packages, 'mlflow/store/db_migrations/versions')
}

/** Each migration says what it follows; the head is what none follows. */
async function readMigrations(folder: string, { files }: Ports): Promise<Revisions> {
  const names = (await files.list(folder)).filter((name) => name.endsWith('.py'))
  const texts = await Promise.all(names.map(async (name) => (await files.readText(join(folder, name))) ?? ''))
  const revisions = texts.flatMap((text) => /^revision = ["']([0-9a-f]+)["']/mu.exec(text)?.[1] ?? [])
  const followed = texts.flatMap((text) => /^down_revision = .*$/mu.exec(text)?.[0].match(/[0-9a-f]{8,}/gu) ?? [])
  return buildRevisions(
    revisions.filter((revision) => !followed.includes(revision)),
    revisions,
  )
}
