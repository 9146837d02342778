// In: a stack directory. Out: where everything of a native stack is.
import { dirname, isAbsolute, join } from 'node:path'
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
  readonly artifactsLog: string
  /** Where uploads wait until they are whole. */
  readonly temporary: string
  /** Compiled Python of services that may not write into the virtual environment. */
  readonly bytecode: string
  /** Lock, journal, state and tools of mlflow-setup. */
  readonly own: string
  readonly tools: string
  /** Says what was initialised in a store without a server. */
  readonly storeMark: string
}

/** The Python that a native stack is built on. Throws where there is none: answers and spec let that through for no native one. */
export function basePython({ spec }: Stack): string {
  if (spec.python === undefined) throw new Error('a native stack without a Python')
  return spec.python
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
    artifactsLog: at('logs', 'artifacts.log'),
    temporary: at('tmp'),
    bytecode: at('cache', 'python'),
    own: at('.mlflow-setup'),
    tools: at('.mlflow-setup', 'tools'),
    storeMark: at('.mlflow-setup', 'store.json'),
  }
}

/** Scenarios 4 to 6: the work of others hangs on the server, and they send big files through it. */
export function isForTeam({ spec }: Stack): boolean {
  return spec.scenario >= 4
}

/** A path of the spec, absolute. */
export function inStackDirectory(stack: Stack, path: string): string {
  return isAbsolute(path) ? path : join(stack.directory, path)
}

/** The folders of stores that are folders or files: the first holds runs, the second files. */
export function localStores(stack: Stack): readonly string[] {
  const { backendStore, artifactStore } = stack.spec
  const runs =
    backendStore.kind === 'postgres'
      ? []
      : [backendStore.kind === 'sqlite' ? dirname(backendStore.path) : backendStore.path]
  const files = artifactStore.kind === 'local' ? [artifactStore.path] : []
  return [...runs, ...files].map((path) => inStackDirectory(stack, path))
}

/** MLFLOW_TRACKING_URI for clients without a server (scenarios 1 and 2). MLflow and SQLAlchemy both decode the path. */
export function localTrackingUri(stack: Stack): string {
  const { backendStore } = stack.spec
  if (backendStore.kind === 'postgres') throw new Error('scripts without a server do not open a database server')
  const url = pathToFileURL(inStackDirectory(stack, backendStore.path))
  return backendStore.kind === 'file' ? url.href : `sqlite:///${url.pathname}`
}

/** Where the files of a store without a server go, as a URI. */
export function localArtifactLocation(stack: Stack): string {
  const { artifactStore } = stack.spec
  if (artifactStore.kind !== 'local') throw new Error('scripts without a server keep their files in a folder')
  return pathToFileURL(inStackDirectory(stack, artifactStore.path)).href
}
