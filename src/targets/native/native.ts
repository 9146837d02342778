// In: a Stack. Out: the actions and services of a stack on this machine itself: a virtual environment and a supervisor.
import { PINNED_MLFLOW_VERSION } from '../../answers/pinned-version.ts'
import type { Stack } from '../../stack/spec.ts'
import { buildAction } from '../build-action.ts'
import type { Action, ActionOf } from '../action.ts'
import type { Service } from '../service.ts'
import type { Target } from '../target.ts'
import { buildFolderActions } from './folders.ts'
import { basePython, buildLayout, inStackDirectory, localArtifactLocation, localTrackingUri } from './layout.ts'
import { buildLoginPart, serverLogin } from './login.ts'
import { mlflowServices } from './mlflow.ts'
import { buildBucketPart } from './object-store.ts'
import type { Foundation, Part } from './part.ts'
import { buildPostgresPart, postgresServices } from './postgres.ts'
import { buildProxyPart, proxyServices } from './proxy.ts'
import { buildFileActions } from './written-files.ts'

export const native: Target = { actions }

/** In the order in which they start. */
export function nativeServices(stack: Stack): readonly Service[] {
  return [...postgresServices(stack), ...mlflowServices(stack), ...proxyServices(stack)]
}

/** Installing MLflow, making the database and making the bucket do not wait for each other; nobody waits for the bytecode. */
function actions(stack: Stack): readonly Action[] {
  const folders = buildFolderActions(stack)
  const ready = folders.slice(-1).map(({ id }) => id)
  const files = buildFileActions(stack, ready)
  const venv = createVenv(stack, ready)
  const packages = installPackages(stack, [venv.id])
  const foundation: Foundation = {
    folders: ready[0] ?? '',
    environment: `write-file:${buildLayout(stack.directory).env}`,
    packages: packages.id,
  }
  const parts = [
    buildPostgresPart(stack, foundation),
    buildBucketPart(stack, foundation),
    buildLoginPart(stack, foundation),
  ].filter((part) => part !== undefined)
  const prepared = [...folders, ...files, venv, packages]
  const former = retireFormer(stack, [...prepared.map(({ id }) => id), ...parts.flatMap((part) => part.ready)])
  const servers = runMlflow(stack, [...prepared, former], parts, [venv.id, packages.id])
  return [
    ...prepared,
    ...compileCode(stack, [packages.id]),
    ...parts.flatMap((part) => part.actions),
    ...initialiseStore(stack, [...ready, packages.id]),
    former,
    ...servers,
    ...buildProxyPart(stack, foundation).actions,
  ]
}

function createVenv({ spec, directory }: Stack, needs: readonly string[]): ActionOf<'create-venv'> {
  const about = { name: 'venv', title: 'virtual environment', detail: 'for MLflow alone', needs }
  return buildAction('create-venv', about, {
    path: buildLayout(directory).venv,
    python: basePython({ spec, directory }),
  })
}

function installPackages(stack: Stack, needs: readonly string[]): ActionOf<'install-packages'> {
  const { spec, directory } = stack
  const { venv, tools } = buildLayout(directory)
  const detail = 'about 200 MB to load, 650 MB on disk'
  const about = { name: 'packages', title: `MLflow ${spec.mlflowVersion}`, detail, needs }
  const tested = spec.mlflowVersion === PINNED_MLFLOW_VERSION
  const constraints = tested ? { constraints: `native/constraints-${spec.mlflowVersion}.txt` } : {}
  return buildAction('install-packages', about, { venv, requirements: requirementsOf(stack), ...constraints, tools })
}

/** Exactly what this stack imports. uvloop ends a delay of 40 ms a call, and httptools is its parser (PERFORMANCE.md section 1). */
function requirementsOf(stack: Stack): readonly string[] {
  const { mlflowVersion, publicUrl, backendStore, artifactStore } = stack.spec
  return [
    `mlflow==${mlflowVersion}`,
    ...(publicUrl === undefined ? [] : ['uvloop', 'httptools']),
    ...(backendStore.kind === 'postgres' ? ['psycopg2-binary'] : []),
    ...(artifactStore.kind === 's3' ? ['boto3'] : []),
    ...serverLogin(stack).packages,
  ]
}

/** Only for a server: scripts of the user's import more, or less. */
function compileCode({ spec, directory }: Stack, needs: readonly string[]): readonly Action[] {
  if (spec.publicUrl === undefined) return []
  const { python, bytecode } = buildLayout(directory)
  const user = spec.runAs === undefined ? {} : { owner: spec.runAs, cache: bytecode }
  const about = {
    name: 'venv',
    title: 'bytecode',
    detail: 'beside the rest, for a fast start',
    needs,
    refreshOn: needs,
  }
  return [buildAction('compile-code', about, { python, ...user })]
}

/** Only where no server does it. A store of plain files keeps the files of its runs beside them by itself. */
function initialiseStore(stack: Stack, needs: readonly string[]): readonly Action[] {
  const { spec, directory } = stack
  if (spec.publicUrl !== undefined || spec.backendStore.kind !== 'sqlite') return []
  const { python, storeMark } = buildLayout(directory)
  const about = { name: 'store', title: 'SQLite store', detail: `with the experiment ${spec.name}`, needs }
  const input = {
    python,
    directory,
    file: inStackDirectory(stack, spec.backendStore.path),
    trackingUri: localTrackingUri(stack),
    experiment: spec.name,
    artifactLocation: localArtifactLocation(stack),
    mark: storeMark,
  }
  return [buildAction('initialise-store', about, input)]
}

/** When all else is ready, and before the servers start: their ports may be those of services that the stack had before. */
function retireFormer(stack: Stack, needs: readonly string[]): ActionOf<'retire-services'> {
  const groups = { postgresql: postgresServices(stack), mlflow: mlflowServices(stack), nginx: proxyServices(stack) }
  const kept = Object.entries(groups)
    .filter(([, members]) => members.length > 0)
    .map(([group, members]) => ({ group, stackName: stack.spec.name, services: members.map(({ name }) => name) }))
  const about = { name: 'former', title: 'former services', detail: 'which the stack no longer needs', needs }
  return buildAction('retire-services', about, { stackDirectory: stack.directory, kept })
}

const RUNS_UNDER = {
  systemd: 'by systemd, at every boot',
  'systemd-user': 'by your systemd, at every boot',
  background: 'in the background, again when it fails',
} as const

/** After everything that its servers ask for: without a database or a bucket they would not start. */
function runMlflow(
  stack: Stack,
  prepared: readonly Action[],
  parts: readonly Part[],
  installed: readonly string[],
): readonly Action[] {
  const { spec, directory } = stack
  const kept = mlflowServices(stack)
  if (kept.length === 0 || spec.service === 'none') return []
  const readsAtStart = [buildLayout(directory).env, ...parts.flatMap(({ readAtStart }) => readAtStart)]
  const about = {
    name: 'mlflow',
    title: kept.length === 1 ? 'MLflow server' : 'MLflow servers',
    detail: RUNS_UNDER[spec.service],
    needs: [...prepared.map(({ id }) => id), ...parts.flatMap(({ ready }) => ready)],
    refreshOn: [...readsAtStart.map((path) => `write-file:${path}`), ...installed],
  }
  const input = {
    group: 'mlflow',
    stackName: spec.name,
    stackDirectory: directory,
    supervisor: spec.service,
    services: kept,
    readsAtStart,
    python: basePython(stack),
    after: postgresServices(stack).map(({ name }) => name),
  }
  return [buildAction('run-services', about, input)]
}
