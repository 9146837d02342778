// In: nothing. Out: StackSpec, what mlflow-setup.yaml says, with every default filled in and no secret.

export type Scenario = 1 | 2 | 3 | 4 | 5 | 6
export type TargetName = 'native' | 'compose' | 'kubernetes' | 'openshift'
export type ServiceKind = 'systemd' | 'systemd-user' | 'background' | 'none'

/** Where runs and metrics live. Paths are relative to the stack directory, or absolute. */
export type BackendStore =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }

/** Where files live. Paths are relative to the stack directory, or absolute. */
export interface ArtifactStore {
  readonly kind: 'local'
  readonly path: string
}

export interface StackSpec {
  readonly schemaVersion: 1
  readonly name: string
  readonly scenario: Scenario
  readonly target: TargetName
  readonly mlflowVersion: string
  /** The one address that everything else derives from; undefined in scenarios 1 and 2, which have no server. */
  readonly publicUrl: string | undefined
  /** The server's own port on 127.0.0.1 when a proxy of the user's answers at the public address; else undefined. */
  readonly port: number | undefined
  readonly backendStore: BackendStore
  readonly artifactStore: ArtifactStore
  /** Who starts the server and starts it again; 'none' in scenarios 1 and 2. */
  readonly service: ServiceKind
  /** The Python to make the virtual environment with: an absolute path. */
  readonly python: string
  /** Worker processes of the server; 0 in scenarios 1 and 2. */
  readonly workers: number
  /** Further settings of the user's for the server's environment, such as MLFLOW_… variables. */
  readonly environment: Readonly<Record<string, string>>
}

/** A spec and the absolute path of its stack directory: what every room right of here works on. */
export interface Stack {
  readonly directory: string
  readonly spec: StackSpec
}
