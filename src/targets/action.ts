// In: nothing. Out: Action, one wanted change as data. `actions/` has one file per kind that knows how to look and how to do it.
import type { Command } from '../ports/commands.ts'
import type { StackSpec } from '../stack/spec.ts'

/** What each kind of change needs to know. Everything is plain data without secrets, and paths are absolute. */
export interface ActionInputs {
  'make-directories': { readonly paths: readonly string[]; readonly mode: number }
  'write-file': WriteFileInput
  'write-spec': { readonly path: string; readonly spec: StackSpec }
  'install-system-packages': InstallSystemPackagesInput
  'create-venv': { readonly path: string; readonly python: string }
  'install-packages': InstallPackagesInput
  'initialise-store': InitialiseStoreInput
  'run-services': RunServicesInput
}

export interface InitialiseStoreInput {
  /** The interpreter that has MLflow. */
  readonly python: string
  /** Where it runs. */
  readonly directory: string
  /** The SQLite file, and its URI. */
  readonly file: string
  readonly trackingUri: string
  /** The name of an experiment, and the URI of the folder that keeps its files. */
  readonly experiment: string
  readonly artifactLocation: string
  /** A file that says what was initialised. */
  readonly mark: string
}

export interface WriteFileInput {
  readonly path: string
  /** A path below `templates/`. */
  readonly template: string
  /** What the template shows. Secrets are not here: the template names them as `{{secret NAME}}`. */
  readonly values: TemplateValues
  readonly mode: number
  /** How this format starts a comment, for the first line that marks the file as ours; 'none' for a file that is nobody else's business. */
  readonly comment: '#' | '//' | 'none'
}

export type TemplateValue =
  | string
  | number
  | boolean
  | readonly TemplateValue[]
  | { readonly [name: string]: TemplateValue }
export type TemplateValues = Readonly<Record<string, TemplateValue>>

export interface InstallSystemPackagesInput {
  /** The package manager and its arguments: `apt-get install -y python3-venv`, each word an element. */
  readonly command: readonly string[]
  /** Whether it must be run with sudo. */
  readonly sudo: boolean
}

export interface InstallPackagesInput {
  /** The virtual environment. */
  readonly venv: string
  /** Requirement lines such as `mlflow==3.17.2`; the first one is the one that is shown. */
  readonly requirements: readonly string[]
  /** The template, a path below `templates/`, that names the tested version of everything they need; absent: the newest that fit. */
  readonly constraints?: string
  /** Where uv is put when it is not on the machine. */
  readonly tools: string
}

/** One process that is kept running. */
export interface Service {
  /** `mlflow`: the name of its log and unit. */
  readonly name: string
  /** The program and its arguments; `env` is empty, because its environment is read from `environmentFile`. */
  readonly command: Command
  readonly environmentFile: string
  readonly workingDirectory: string
  readonly log: string
  /** Answers 200 when it is ready. */
  readonly healthUrl: string
  /** How long a start may take before it counts as failed, and a stop before it is killed. */
  readonly startTimeoutMs: number
  readonly stopTimeoutMs: number
}

export interface RunServicesInput {
  readonly stackName: string
  readonly stackDirectory: string
  readonly supervisor: 'systemd' | 'systemd-user' | 'background'
  readonly services: readonly Service[]
  /** Files whose content the services read at their start: a change of them needs a restart. */
  readonly readsAtStart: readonly string[]
  /** Folders outside the stack directory that the services write to: a system unit may write nowhere else. */
  readonly writes?: readonly string[]
}

export type ActionKind = keyof ActionInputs

/** One wanted change: data, serialisable, no secret in it. */
export type Action = { [K in ActionKind]: ActionOf<K> }[ActionKind]

export interface ActionOf<K extends ActionKind> {
  /** Unique in its plan, such as `write-file:.env`. */
  readonly id: string
  readonly kind: K
  /** What is changed, in words: `virtual environment`. */
  readonly title: string
  /** A few words more: `MLflow 3.17.2, about 200 MB`. */
  readonly detail: string
  /** Ids of actions that must be done before. */
  readonly needs: readonly string[]
  /** Ids of actions that, when they change something, make this one necessary too, such as a restart. */
  readonly refreshOn: readonly string[]
  readonly input: ActionInputs[K]
}
