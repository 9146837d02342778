// In: Answers. Out: Stack, what is wanted; and back again for an existing one.
import { isAbsolute, relative } from 'node:path'
import type { Answers } from '../answers/answers.ts'
import { isLoopback } from '../answers/public-address.ts'
import type { BackendStore, Stack, StackSpec } from './spec.ts'

/** Where the stores are when nobody says otherwise, below the stack directory. */
const SQLITE_FILE = 'data/mlflow.db'
const FILE_STORE = 'data/mlruns'
const ARTIFACTS = 'data/artifacts'

/**
 * Complete answers (as `resolveAnswers` returns them) become a stack. `previous` keeps what no question asks for.
 * Throws when an answer is missing: that is a fault of the catalogue.
 */
export function stackFromAnswers(answers: Partial<Answers>, previous: StackSpec | undefined): Stack {
  const scenario = needed(answers, 'scenario')
  const directory = needed(answers, 'dir')
  const hasServer = scenario === 3 || scenario === 5
  const publicUrl = hasServer ? needed(answers, 'publicUrl') : undefined
  return {
    directory,
    spec: {
      schemaVersion: 1,
      name: needed(answers, 'name'),
      scenario,
      target: needed(answers, 'target'),
      mlflowVersion: needed(answers, 'mlflowVersion'),
      publicUrl,
      port: publicUrl === undefined || isLoopback(publicUrl) ? undefined : needed(answers, 'port'),
      backendStore: backendStoreOf(answers, directory),
      artifactStore: { kind: 'local', path: artifactPathOf(answers, directory) },
      artifactsPort: undefined,
      proxy: { kind: 'none' },
      auth: { kind: 'none' },
      tls: { kind: 'off' },
      runAs: undefined,
      service: hasServer ? needed(answers, 'service') : 'none',
      workers: hasServer ? needed(answers, 'workers') : 0,
      python: needed(answers, 'python'),
      environment: previous?.environment ?? {},
    },
  }
}

/** The answers that lead to this stack: where the wizard starts when it is run again. */
export function answersFromStack({ directory, spec }: Stack): Partial<Answers> {
  const answers: { -readonly [K in keyof Answers]?: Answers[K] } = {
    dir: directory,
    name: spec.name,
    mlflowVersion: spec.mlflowVersion,
    python: spec.python,
  }
  if (spec.scenario === 1 || spec.scenario === 2 || spec.scenario === 3 || spec.scenario === 5)
    answers.scenario = spec.scenario
  if (spec.target === 'native') answers.target = spec.target
  if (spec.publicUrl !== undefined) answers.publicUrl = spec.publicUrl
  if (spec.port !== undefined) answers.port = spec.port
  if (spec.workers > 0) answers.workers = spec.workers
  if (spec.service !== 'none') answers.service = spec.service
  if (spec.backendStore.kind === 'sqlite') {
    answers.backendStore = spec.backendStore.path === SQLITE_FILE ? 'sqlite' : spec.backendStore.path
  }
  if (spec.artifactStore.kind === 'local')
    answers.artifactStore = spec.artifactStore.path === ARTIFACTS ? 'local' : spec.artifactStore.path
  return answers
}

function backendStoreOf(answers: Partial<Answers>, directory: string): BackendStore {
  if (answers.scenario === 1) return { kind: 'file', path: FILE_STORE }
  const given = needed(answers, 'backendStore')
  return {
    kind: 'sqlite',
    path: given === 'sqlite' ? SQLITE_FILE : inStack(given.replace(/^sqlite:\/\/\//, ''), directory),
  }
}

function artifactPathOf(answers: Partial<Answers>, directory: string): string {
  // A file store keeps the files of its runs beside the runs.
  if (answers.scenario === 1) return FILE_STORE
  const given = needed(answers, 'artifactStore')
  return given === 'local' ? ARTIFACTS : inStack(given, directory)
}

/** Paths inside the stack directory are kept relative, so that the directory can be moved. */
function inStack(path: string, directory: string): string {
  if (!isAbsolute(path)) return path
  const inside = relative(directory, path)
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside
}

function needed<K extends keyof Answers>(answers: Partial<Answers>, id: K): Answers[K] {
  const value = answers[id]
  if (value === undefined) throw new Error(`the catalogue left ${id} unanswered`)
  return value
}
