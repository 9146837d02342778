// In: a stack directory. Out: where everything of a native stack is.
import { isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SPEC_FILE, SPEC_SCHEMA_FILE } from '../../stack/file-names.ts'
import type { Stack } from '../../stack/spec.ts'

export interface NativeLayout {
  readonly spec: string
  readonly specSchema: string
  readonly env: string
  readonly gitignore: string
  readonly venv: string
  /** The interpreter of the virtual environment. */
  readonly python: string
  readonly logs: string
  readonly serverLog: string
  /** Lock, journal, state and tools of mlflow-setup. */
  readonly own: string
  readonly tools: string
  /** Says what was initialised in a store without a server. */
  readonly storeMark: string
}

export function buildLayout(directory: string): NativeLayout {
  const at = (...parts: string[]) => join(directory, ...parts)
  return {
    spec: at(SPEC_FILE),
    specSchema: at(SPEC_SCHEMA_FILE),
    env: at('.env'),
    gitignore: at('.gitignore'),
    venv: at('venv'),
    python: at('venv', 'bin', 'python'),
    logs: at('logs'),
    serverLog: at('logs', 'mlflow.log'),
    own: at('.mlflow-setup'),
    tools: at('.mlflow-setup', 'tools'),
    storeMark: at('.mlflow-setup', 'store.json'),
  }
}

/** A path of the spec, absolute. */
export function inStackDirectory(stack: Stack, path: string): string {
  return isAbsolute(path) ? path : join(stack.directory, path)
}

/** MLFLOW_TRACKING_URI for clients without a server (scenarios 1 and 2). MLflow and SQLAlchemy both decode the path. */
export function localTrackingUri(stack: Stack): string {
  const url = pathToFileURL(inStackDirectory(stack, stack.spec.backendStore.path))
  return stack.spec.backendStore.kind === 'file' ? url.href : `sqlite:///${url.pathname}`
}

/** Where the files of a store without a server go, as a URI. */
export function localArtifactLocation(stack: Stack): string {
  return pathToFileURL(inStackDirectory(stack, stack.spec.artifactStore.path)).href
}
