// In: a Stack. Out: the actions and services of a stack on this machine itself: a virtual environment and a supervisor.
import { dirname, isAbsolute } from 'node:path'
import { buildAddresses } from '../../stack/addresses.ts'
import type { Stack } from '../../stack/spec.ts'
import type { Action, ActionKind, ActionOf, Service, TemplateValues, WriteFileInput } from '../action.ts'
import type { Target } from '../target.ts'
import { buildLayout, inStackDirectory, localTrackingUri } from './layout.ts'

export const native: Target = { actions, services }

const PRIVATE = 0o700

function actions(stack: Stack): readonly Action[] {
  const { spec, directory } = stack
  const layout = buildLayout(directory)
  const root = folder('stack directory', directory, [])
  const own = folder('folder of mlflow-setup', layout.own, [root.id])
  const stores = storeFolders(stack, root.id)
  const files = writtenFiles(stack, own.id)
  const venv = action('create-venv', 'venv', 'virtual environment', { needs: [root.id] }, { path: layout.venv, python: spec.python })
  const requirements = requirementsOf(stack)
  const packages = action(
    'install-packages',
    'packages',
    `MLflow ${spec.mlflowVersion}`,
    { needs: [venv.id, own.id], detail: 'about 200 MB to load, 650 MB on disk' },
    { venv: layout.venv, requirements, tools: layout.tools },
  )
  const prepared = [root, own, ...stores, ...files, venv, packages]
  const kept = services(stack)
  if (kept.length === 0 || spec.service === 'none') return prepared
  const logs = folder('folder of logs', layout.logs, [root.id])
  const run = action(
    'run-services',
    'mlflow',
    'MLflow',
    {
      needs: [...prepared, logs].map(({ id }) => id),
      refreshOn: [`write-file:${layout.env}`, venv.id, packages.id],
      detail: RUNS_UNDER[spec.service],
    },
    { stackName: spec.name, stackDirectory: directory, supervisor: spec.service, services: kept, readsAtStart: [layout.env] },
  )
  return [...prepared, logs, run]
}

const RUNS_UNDER = {
  systemd: 'systemd, at every boot',
  'systemd-user': 'your systemd, at every boot',
  background: 'in the background, started again when it fails',
} as const

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
      healthUrl: `${addresses.localUrl}/health`,
      // A first start compiles 2400 modules: 8 s on an idle machine, 95 s seen on a busy one (MLFLOW.md section 6).
      startTimeoutMs: 240_000,
      // A running upload may end; uvicorn itself has no limit.
      stopTimeoutMs: 40_000,
    },
  ]
}

/** Exactly what this stack imports. uvloop ends a delay of 40 ms a call, and httptools is its parser (PERFORMANCE.md section 1). */
function requirementsOf({ spec }: Stack): readonly string[] {
  const client = [`mlflow==${spec.mlflowVersion}`]
  return spec.publicUrl === undefined ? client : [...client, 'uvloop', 'httptools']
}

function storeFolders(stack: Stack, root: string): readonly ActionOf<'make-directory'>[] {
  const { backendStore, artifactStore } = stack.spec
  const backend = inStackDirectory(stack, backendStore.path)
  const wanted = [backendStore.kind === 'sqlite' ? dirname(backend) : backend, inStackDirectory(stack, artifactStore.path)]
  return [...new Set(wanted)].filter((path) => path !== stack.directory).map((path) => folder('folder of a store', path, [root]))
}

function writtenFiles(stack: Stack, own: string): readonly Action[] {
  const layout = buildLayout(stack.directory)
  const file = (title: string, input: WriteFileInput, detail: string) =>
    action('write-file', input.path, title, { needs: [own], detail }, input)
  return [
    action('write-spec', layout.spec, 'mlflow-setup.yaml', { needs: [own], detail: 'what this stack is' }, { path: layout.spec, spec: stack.spec }),
    file('.env', environmentFile(stack), stack.spec.publicUrl === undefined ? 'what your scripts need' : '0600, secrets made now'),
    file('.gitignore', { path: layout.gitignore, template: 'native/gitignore.hbs', values: {}, mode: 0o644, comment: '#' }, 'keeps data and secrets out'),
    file(
      'schema for editors',
      { path: layout.specSchema, template: 'schemas/mlflow-setup.schema.json', values: {}, mode: 0o644, comment: 'none' },
      'completes mlflow-setup.yaml',
    ),
  ]
}

function environmentFile(stack: Stack): WriteFileInput {
  const { spec, directory } = stack
  const addresses = buildAddresses(spec)
  const environment = Object.entries(spec.environment).map(([name, value]) => ({ name, value }))
  const common = { path: buildLayout(directory).env, mode: 0o600, comment: '#' } as const
  if (addresses === undefined) {
    const values = { trackingUri: localTrackingUri(stack), fileStore: spec.backendStore.kind === 'file', environment }
    return { ...common, template: 'native/client.env.hbs', values }
  }
  const values: TemplateValues = {
    ...addresses,
    allowedHosts: addresses.allowedHosts.join(','),
    corsOrigins: addresses.corsOrigins.join(','),
    backendStoreUri: `sqlite:///${spec.backendStore.path}`,
    artifactsDestination: isAbsolute(spec.artifactStore.path) ? spec.artifactStore.path : `./${spec.artifactStore.path}`,
    workers: spec.workers,
    environment,
  }
  return { ...common, template: 'native/server.env.hbs', values }
}

function folder(title: string, path: string, needs: readonly string[]): ActionOf<'make-directory'> {
  return action('make-directory', path, title, { needs, detail: '' }, { path, mode: PRIVATE })
}

function action<K extends ActionKind>(
  kind: K,
  name: string,
  title: string,
  links: { readonly needs: readonly string[]; readonly refreshOn?: readonly string[]; readonly detail?: string },
  input: ActionOf<K>['input'],
): ActionOf<K> {
  const { needs, refreshOn = [], detail = '' } = links
  return { id: `${kind}:${name}`, kind, title, detail, needs, refreshOn, input }
}
