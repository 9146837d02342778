// In: a Stack. Out: the actions and services of a stack on this machine itself: a virtual environment and a supervisor.
import { PINNED_MLFLOW_VERSION } from '../../answers/pinned-version.ts'
import { buildAddresses } from '../../stack/addresses.ts'
import type { Stack } from '../../stack/spec.ts'
import { buildAction } from '../build-action.ts'
import type { Action, ActionOf } from '../action.ts'
import type { Service } from '../service.ts'
import type { Target } from '../target.ts'
import { buildLayout, inStackDirectory, localArtifactLocation, localStores, localTrackingUri } from './layout.ts'
import { buildFileActions } from './written-files.ts'

export const native: Target = { actions, services }

function actions(stack: Stack): readonly Action[] {
  const folders = makeFolders(stack)
  const files = buildFileActions(stack, [folders.id])
  const venv = createVenv(stack, [folders.id])
  const packages = installPackages(stack, [venv.id])
  const prepared = [folders, ...files, venv, packages]
  return [
    ...prepared,
    ...initialiseStore(stack, [folders.id, packages.id]),
    ...runServices(stack, prepared, [venv.id, packages.id]),
  ]
}

function services(stack: Stack): readonly Service[] {
  const addresses = buildAddresses(stack.spec)
  if (addresses === undefined) return []
  const layout = buildLayout(stack.directory)
  return [
    {
      name: 'mlflow',
      // By module, not by venv/bin/mlflow: its first line names the old place after the directory was moved.
      command: { file: layout.python, args: ['-m', 'mlflow', 'server'], env: {} },
      environmentFile: layout.env,
      workingDirectory: stack.directory,
      log: layout.serverLog,
      withheld: [],
      health: { kind: 'http', url: `${addresses.localUrl}/health` },
      port: addresses.port,
      writes: localStores(stack),
      stopSignal: 'SIGTERM',
      // A first start compiles 2400 modules: 8 s on an idle machine, 95 s seen on a busy one (MLFLOW.md section 6).
      startTimeoutMs: 240_000,
      // A running upload may end; uvicorn itself has no limit.
      stopTimeoutMs: 40_000,
    },
  ]
}

function makeFolders(stack: Stack): ActionOf<'make-directories'> {
  const { own, logs } = buildLayout(stack.directory)
  const { publicUrl } = stack.spec
  const paths = new Set([stack.directory, own, ...localStores(stack), ...(publicUrl === undefined ? [] : [logs])])
  const about = { name: 'folders', title: 'folders', detail: 'for data, logs and settings, 0700', needs: [] }
  return buildAction('make-directories', about, { paths: [...paths], mode: 0o700 })
}

function createVenv({ spec, directory }: Stack, needs: readonly string[]): ActionOf<'create-venv'> {
  const about = { name: 'venv', title: 'virtual environment', detail: 'for MLflow alone', needs }
  return buildAction('create-venv', about, { path: buildLayout(directory).venv, python: spec.python })
}

/** Exactly what this stack imports. uvloop ends a delay of 40 ms a call, and httptools is its parser (PERFORMANCE.md section 1). */
function installPackages({ spec, directory }: Stack, needs: readonly string[]): ActionOf<'install-packages'> {
  const { venv, tools } = buildLayout(directory)
  const detail = 'about 200 MB to load, 650 MB on disk'
  const client = [`mlflow==${spec.mlflowVersion}`]
  const requirements = spec.publicUrl === undefined ? client : [...client, 'uvloop', 'httptools']
  const about = { name: 'packages', title: `MLflow ${spec.mlflowVersion}`, detail, needs }
  const tested = spec.mlflowVersion === PINNED_MLFLOW_VERSION
  const constraints = tested ? { constraints: `native/constraints-${spec.mlflowVersion}.txt` } : {}
  return buildAction('install-packages', about, { venv, requirements, ...constraints, tools })
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

const RUNS_UNDER = {
  systemd: 'by systemd, at every boot',
  'systemd-user': 'by your systemd, at every boot',
  background: 'in the background, again when it fails',
} as const

function runServices(stack: Stack, prepared: readonly Action[], installed: readonly string[]): readonly Action[] {
  const { spec, directory } = stack
  const kept = services(stack)
  if (kept.length === 0 || spec.service === 'none') return []
  const { env } = buildLayout(directory)
  const about = {
    name: 'mlflow',
    title: 'MLflow server',
    detail: RUNS_UNDER[spec.service],
    needs: prepared.map(({ id }) => id),
    refreshOn: [`write-file:${env}`, ...installed],
  }
  const input = {
    group: 'mlflow',
    stackName: spec.name,
    stackDirectory: directory,
    supervisor: spec.service,
    services: kept,
    readsAtStart: [env],
    after: [],
  }
  return [buildAction('run-services', about, input)]
}
