import type { Stack, StackSpec } from '../../src/stack/spec.ts'

const WITHOUT_SERVER = { publicUrl: undefined, service: 'none', workers: 0 } as const

/** A stack of the given scenario, as the default answers give it. */
export function fakeStack(
  scenario: 1 | 2 | 3 | 5 = 3,
  changes: Partial<StackSpec> = {},
  directory = '/home/ada/mlflow',
): Stack {
  const hasServer = scenario === 3 || scenario === 5
  const spec: StackSpec = {
    schemaVersion: 1,
    name: 'mlflow',
    scenario,
    target: 'native',
    mlflowVersion: '3.17.2',
    publicUrl: 'http://127.0.0.1:5000',
    port: undefined,
    backendStore: scenario === 1 ? { kind: 'file', path: 'data/mlruns' } : { kind: 'sqlite', path: 'data/mlflow.db' },
    artifactStore: { kind: 'local', path: scenario === 1 ? 'data/mlruns' : 'data/artifacts' },
    artifactsPort: undefined,
    proxy: { kind: 'none' },
    auth: { kind: 'none' },
    tls: { kind: 'off' },
    runAs: undefined,
    service: 'background',
    python: '/usr/bin/python3',
    workers: 1,
    environment: {},
    ...(hasServer ? {} : WITHOUT_SERVER),
    ...changes,
  }
  return { directory, spec }
}
