import type { Machine } from '../../../src/answers/machine.ts'
import { CancelledError, ExternalError, UserError } from '../../../src/errors.ts'
import type { Plan, PlannedAction } from '../../../src/plan/plan.ts'
import type { NextStepsFacts } from '../../../src/report/next-steps.ts'
import type { PictureFacts } from '../../../src/report/picture-facts.ts'
import type { ProofFacts } from '../../../src/report/proof-view.ts'
import type { StatusReport } from '../../../src/report/status-report.ts'
import type { StepResult } from '../../../src/test-client/step.ts'
import { targetOf } from '../../../src/targets/target-table.ts'
import { READY_ENGINE } from '../../fakes/facts.ts'
import { fakeComposeStack } from '../../fakes/stack.ts'

export const HOME = '/home/ann'
export const NOW = new Date('2026-11-21T12:00:00Z')
const GIB = 2 ** 30

export const machine: Machine = {
  system: 'Debian 13',
  root: false,
  cores: 4,
  memoryBytes: 14 * GIB,
  pythons: [{ path: '/usr/bin/python3', version: '3.13.5', ensurepip: true, pip: true, shared: true }],
  rejectedPythons: [],
  uv: undefined,
  systemd: true,
  systemdUser: true,
  systemPackages: undefined,
  postgres: { programs: [{ directory: '/usr/lib/postgresql/17/bin', major: 17 }], sockets: [] },
  nginx: undefined,
  engine: READY_ENGINE,
  freePorts: [5000, 5001, 5002],
  networkName: undefined,
  freeHttpsPort: 8443,
}

export const bareMachine: Machine = {
  ...machine,
  system: 'Ubuntu 20.04',
  cores: 1,
  memoryBytes: 0.9 * GIB,
  pythons: [],
  rejectedPythons: [
    { path: '/usr/bin/python3', why: '3.8.18 is older than 3.10' },
    {
      path: `${HOME}/.pyenv/versions/3.11.9/bin/python3.11`,
      why: '3.11.9 cannot make a virtual environment: python3-venv is missing',
    },
  ],
  systemd: false,
  systemdUser: false,
  postgres: { programs: [], sockets: [] },
  engine: { kind: 'none', podman: false },
}

const localPicture: PictureFacts = {
  scenario: 3,
  scheme: 'http',
  localOnly: true,
  proxy: undefined,
  login: false,
  backendStore: 'SQLite',
  artifactStore: 'local folder',
  keyless: true,
  containers: false,
  ownStore: false,
  storeCredentials: [],
}
const teamPicture: PictureFacts = {
  ...localPicture,
  scheme: 'https',
  localOnly: false,
  proxy: 'nginx',
  login: true,
  backendStore: 'PostgreSQL',
  artifactStore: 'SeaweedFS',
  keyless: false,
}
const containersPicture: PictureFacts = { ...teamPicture, containers: true, ownStore: true }
export const pictures: readonly PictureFacts[] = [
  { ...localPicture, scenario: 1, scheme: undefined, backendStore: 'plain files' },
  { ...localPicture, scenario: 2, scheme: undefined },
  localPicture,
  {
    ...teamPicture,
    scenario: 4,
    artifactStore: 'S3',
    storeCredentials: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  },
  { ...teamPicture, scenario: 5 },
  { ...teamPicture, scenario: 6 },
  { ...localPicture, containers: true, artifactStore: 'volume' },
  { ...containersPicture, scenario: 4 },
  { ...containersPicture, scenario: 5 },
  { ...containersPicture, scenario: 5, backendStore: 'your PostgreSQL', artifactStore: 'S3', ownStore: false },
  { ...containersPicture, scenario: 6, artifactStore: 'RustFS' },
]

const STACK = `${HOME}/mlflow`

function file(path: string, title: string, detail: string, rest: Partial<PlannedAction> = {}): PlannedAction {
  const input = { path, template: 'x', values: {}, mode: 0o600, comment: '#' } as const
  const action = {
    id: `write-file:${title}`,
    kind: 'write-file',
    title,
    detail,
    needs: [],
    refreshOn: [],
    input,
  } as const
  return { action, effect: 'create', why: 'is not there', ...rest }
}

const venv: PlannedAction = {
  action: {
    id: 'create-venv',
    kind: 'create-venv',
    title: 'virtual environment',
    detail: 'Python 3.13.5',
    needs: [],
    refreshOn: [],
    input: { path: `${STACK}/venv`, python: '/usr/bin/python3' },
  },
  effect: 'create',
  why: 'is not there',
}
const packages: PlannedAction = {
  action: {
    id: 'install-packages',
    kind: 'install-packages',
    title: 'MLflow 3.17.2 and its packages',
    detail: 'about 200 MB, from the package index that pip is configured for',
    needs: ['create-venv'],
    refreshOn: [],
    input: { venv: `${STACK}/venv`, requirements: ['mlflow==3.17.2'], tools: `${STACK}/tools` },
  },
  effect: 'create',
  why: 'is not there',
}
const services: PlannedAction = {
  action: {
    id: 'run-services',
    kind: 'run-services',
    title: 'MLflow',
    detail: 'and at every boot',
    needs: ['install-packages'],
    refreshOn: [],
    input: {
      group: 'mlflow',
      stackName: 'mlflow',
      stackDirectory: STACK,
      supervisor: 'systemd-user',
      services: [],
      readsAtStart: [],
      python: '/usr/bin/python3',
      after: [],
    },
  },
  effect: 'create',
  why: 'is not running',
}
const folder: PlannedAction = {
  action: {
    id: 'make-directories:artifacts',
    kind: 'make-directories',
    title: 'artifacts',
    detail: '0700',
    needs: [],
    refreshOn: [],
    input: { paths: [`${STACK}/artifacts`], mode: 0o700 },
  },
  effect: 'create',
  why: 'is not there',
}

export const freshPlan: Plan = {
  stackDirectory: STACK,
  actions: [
    folder,
    venv,
    packages,
    file(`${STACK}/.env`, '.env', '0600, 2 secrets made now'),
    file(`${HOME}/.config/systemd/user/mlflow.service`, '~/.config/systemd/user/mlflow.service', 'unit of this user'),
    services,
  ],
}

const unchanged = (planned: PlannedAction): PlannedAction => ({ ...planned, effect: 'unchanged', why: 'as wanted' })

export const emptyPlan: Plan = { stackDirectory: STACK, actions: freshPlan.actions.map(unchanged) }

export const conflictPlan: Plan = {
  stackDirectory: STACK,
  actions: [
    unchanged(folder),
    unchanged(venv),
    { ...packages, effect: 'update', why: '3.17.1 is installed' },
    file(`${STACK}/conf/my nginx.conf`, 'conf/my nginx.conf', '', {
      effect: 'conflict',
      why: 'was edited after mlflow-setup wrote it',
      diff: '--- conf/my nginx.conf\n+++ wanted\n@@ -3,4 +3,4 @@\n server {\n-  listen 8443;\n+  listen 443;\n   server_name mlflow.example.com;\n',
    }),
    { ...services, effect: 'update', why: 'its settings change' },
  ],
}

const compose = targetOf('compose').actions(fakeComposeStack(5, {}, STACK))

/** A stack in containers: new, and after a container was stopped and compose.yaml was edited. */
export const newContainersPlan: Plan = {
  stackDirectory: STACK,
  actions: compose.map((action): PlannedAction => {
    // The image sets it.
    const effect = action.kind === 'set-database-password' ? 'unchanged' : 'create'
    return { action, effect, why: 'is not there' }
  }),
}

export const changedContainersPlan: Plan = {
  stackDirectory: STACK,
  actions: compose.map((action): PlannedAction => {
    if (action.kind === 'run-containers') return { action, effect: 'update', why: 'postgres is not running' }
    if (action.kind === 'pull-images') return { action, effect: 'update', why: 'postgres:17: not on this machine yet' }
    return action.kind === 'build-image'
      ? { action, effect: 'update', why: 'it holds something else' }
      : { action, effect: 'unchanged', why: 'as wanted' }
  }),
}

export const proofFacts: ProofFacts = { trackingUri: 'http://127.0.0.1:5000', transports: ['python'] }

function step(id: string, detail: string, milliseconds: number): StepResult {
  return { id, transport: 'python', title: id, status: 'passed', detail, milliseconds }
}

export const passedSteps: readonly StepResult[] = [
  step('server', 'MLflow 3.17.2', 12.3),
  step('run', '5 parameters, 40 metrics, 3 tags', 85),
  step('files', '12 MB up, listed, down, same checksum', 1130),
  step(
    'model',
    'registered as version 1, alias set, loaded back from the registry, same predictions for 30 flowers',
    2210,
  ),
  step('trace', '1 trace with 2 spans', 64),
]

export const failedSteps: readonly StepResult[] = [
  step('server', 'MLflow 3.17.2', 12.3),
  step('run', '5 parameters, 40 metrics, 3 tags', 85),
  {
    ...step('files', '', 1130),
    status: 'failed',
    problem: {
      what: 'the server refused the upload with 500',
      because: 'The artifact folder /srv/artifacts belongs to another user, and the server may not write there.',
      hint: {
        text: 'Give the folder to the user that runs the server.',
        command: 'sudo chown -R mlflow /srv/artifacts',
      },
    },
  },
  { ...step('model', '', 0), status: 'skipped', blockedBy: 'files' },
  step('trace', '1 trace with 2 spans', 64),
]

export const errors = {
  missing: new UserError('answers.invalid', '2 answers are missing, 1 is wrong. Nothing was changed.', {
    problems: [
      { name: '--scenario', message: '"9" is not one of 1, 2, 3, 5', variable: 'MLFLOW_SETUP_SCENARIO' },
      { name: '--s3-bucket', message: 'missing: the bucket for artifacts', variable: 'MLFLOW_SETUP_S3_BUCKET' },
      { name: 'AWS_SECRET_ACCESS_KEY', message: 'missing, or name a profile: --aws-profile' },
    ],
  }),
  user: new UserError('port.taken', 'Port 5000 is taken.', {
    because: 'nginx (pid 812) listens there.',
    hint: { text: 'Take the next free one.', command: 'mlflow-setup --port 5001' },
  }),
  external: new ExternalError('server.ended', 'MLflow did not start.', {
    command: `${HOME}/mlflow/venv/bin/mlflow server`,
    exitCode: 1,
    because: 'Port 5000 is taken by nginx (pid 812).',
    hint: { text: 'Take another port.', command: 'mlflow-setup --port 5001' },
    source: `${HOME}/mlflow/logs/mlflow.log`,
    lastLines: [
      'INFO:     Started parent process [4711]',
      "\u001b[31mERROR:\u001b[0m    [Errno 98] error while attempting to bind on address ('127.0.0.1', 5000): address already in use",
    ],
  }),
  cancelled: new CancelledError(),
  cancelledLater: new CancelledError(true),
  bug: new TypeError('undefined is not a function'),
}

export const healthyStatus: StatusReport = {
  name: 'mlflow',
  directory: STACK,
  scenario: 3,
  target: 'native',
  address: 'http://127.0.0.1:5000',
  healthy: true,
  services: [
    {
      name: 'mlflow',
      state: 'running',
      since: '2026-11-19T10:00:00Z',
      pid: 4711,
      port: 5000,
      workers: 2,
      version: '3.17.2',
      memoryBytes: 412 * 2 ** 20,
      latencyMs: 5,
      restarts: 0,
    },
  ],
  parts: [],
}

export const sickStatus: StatusReport = {
  ...healthyStatus,
  scenario: 5,
  address: 'https://mlflow.example.com',
  healthy: false,
  because: 'MLflow ends again and again: port 5000 is taken by another program.',
  command: 'mlflow-setup logs',
  services: [
    { name: 'nginx', state: 'running', since: '2026-11-19T10:00:00Z', port: 443, memoryBytes: 9 * 2 ** 20 },
    {
      name: 'mlflow',
      state: 'restarting',
      since: '2026-11-21T11:59:57Z',
      port: 5000,
      workers: 2,
      version: '3.17.2',
      restarts: 14,
      lastExit: { how: 'code 1', at: '2026-11-21T11:59:50Z' },
    },
  ],
}

export const teamStatus: StatusReport = {
  ...healthyStatus,
  scenario: 5,
  address: 'https://mlflow.example.com',
  services: [
    ...healthyStatus.services,
    {
      name: 'nginx',
      state: 'running',
      since: '2026-11-19T10:00:00Z',
      port: 443,
      memoryBytes: 9 * 2 ** 20,
      latencyMs: 3,
    },
  ],
  parts: [
    {
      kind: 'database',
      name: 'mlflow',
      healthy: true,
      version: '17.6',
      bytes: 84e6,
      connections: 6,
      maxConnections: 100,
    },
    { kind: 'bucket', name: 's3://mlflow', healthy: true, objects: 802, bytes: 12.4e9, more: false },
    { kind: 'certificate', name: `${STACK}/tls/certificate.pem`, healthy: true, until: '2027-02-18T09:00:00.000Z' },
    { kind: 'users', healthy: true, names: ['admin', 'ada', 'grace', 'linus', 'margaret', 'alan'] },
  ],
}

export const brokenTeamStatus: StatusReport = {
  ...teamStatus,
  healthy: false,
  because: 'PostgreSQL at db.example:5432 refused the connection.',
  command: 'mlflow-setup plan',
  parts: [
    {
      kind: 'database',
      name: 'mlflow',
      healthy: false,
      because: 'PostgreSQL at db.example:5432 refused the connection.',
    },
    { kind: 'bucket', name: 's3://mlflow/team/runs', healthy: true, objects: 1000, bytes: 1, more: true },
    { kind: 'certificate', name: `${STACK}/tls/certificate.pem`, healthy: true, until: '2026-12-01T09:00:00.000Z' },
    { kind: 'certificate', name: `${STACK}/tls/certificate.pem`, healthy: false, until: '2026-11-01T09:00:00.000Z' },
  ],
}

const container = {
  state: 'running',
  since: '2026-11-19T10:00:00Z',
  pid: 4711,
  restarts: 0,
  memoryBytes: 72 * 2 ** 20,
} as const

export const containersStatus: StatusReport = {
  ...teamStatus,
  target: 'compose',
  services: [
    { ...container, name: 'postgres', image: 'postgres:17', memoryLimit: 958 * 2 ** 20 },
    {
      ...container,
      name: 'object-store',
      image: 'mirror.example:5000/chrislusf/seaweedfs:4.47@sha256:0123',
      memoryLimit: GIB,
    },
    {
      ...container,
      name: 'mlflow',
      image: 'mlflow-setup/mlflow:3.17.2',
      workers: 2,
      memoryLimit: 1.5 * GIB,
      restarts: 2,
    },
    { ...container, name: 'nginx', image: 'nginxinc/nginx-unprivileged:1.30', latencyMs: 3 },
  ],
}

export const sickContainersStatus: StatusReport = {
  ...containersStatus,
  healthy: false,
  because: 'mlflow ended by itself: The database has tables of another MLflow version.',
  command: 'mlflow-setup logs mlflow',
  services: [
    { name: 'postgres', state: 'stopped', since: undefined, restarts: 0, image: 'postgres:17' },
    { ...container, name: 'object-store', state: 'unhealthy', image: 'chrislusf/seaweedfs' },
    {
      name: 'mlflow',
      state: 'restarting',
      since: undefined,
      restarts: 7,
      workers: 2,
      image: 'mlflow-setup/mlflow:3.17.2',
      cause: 'The database has tables of another MLflow version.',
      lastExit: { how: 'code 1', at: '2026-11-21T11:59:50Z' },
    },
    { name: 'nginx', state: 'starting', since: '2026-11-21T11:59:50Z', restarts: 0, image: '' },
  ],
}

export const localNext: NextStepsFacts = {
  scenario: 3,
  directory: STACK,
  address: 'http://127.0.0.1:5000',
  variables: [{ name: 'MLFLOW_TRACKING_URI', value: 'http://127.0.0.1:5000' }],
  venv: undefined,
  again: ['npx', 'mlflow-setup', '--yes'],
  next: ['status', 'test', 'logs'],
}

export const scriptsNext: NextStepsFacts = {
  scenario: 1,
  directory: `${HOME}/my models`,
  address: undefined,
  variables: [
    { name: 'MLFLOW_TRACKING_URI', value: 'file:///home/ann/my%20models/mlruns' },
    { name: 'MLFLOW_ALLOW_FILE_STORE', value: 'true' },
  ],
  venv: `${HOME}/my models/venv`,
  again: [
    'npx',
    'mlflow-setup',
    '--yes',
    '--scenario',
    '1',
    '--dir',
    `${HOME}/my models`,
    '--python',
    '/opt/python/bin/python3.12',
  ],
  next: ['test'],
}

export const teamNext: NextStepsFacts = {
  scenario: 5,
  directory: STACK,
  address: 'https://mlflow.example.com',
  variables: [
    { name: 'MLFLOW_TRACKING_URI', value: 'https://mlflow.example.com' },
    { name: 'MLFLOW_TRACKING_USERNAME', value: 'admin' },
    { name: 'MLFLOW_TRACKING_PASSWORD', value: undefined },
  ],
  venv: undefined,
  user: 'admin',
  secretsFile: `${STACK}/.env`,
  again: ['npx', 'mlflow-setup', '--yes', '--scenario', '5', '--public-url', 'https://mlflow.example.com'],
  next: ['status', 'logs', 'user add', 'doctor'],
}

export const containersNext: NextStepsFacts = {
  ...teamNext,
  compose: true,
  again: [...teamNext.again, '--target', 'compose', '--postgres', 'managed', '--managed-s3', 'seaweedfs'],
}
