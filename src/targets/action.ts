// In: nothing. Out: Action, one wanted change as data. `actions/` has one file per kind that knows how to look and how to do it.
import type { Owner } from '../ports/files.ts'
import type { S3Store, SslMode, StackSpec } from '../stack/spec.ts'
import type {
  InstallCertificateInput,
  InstallRootsInput,
  MakeCertificateInput,
  SetPasswordFileInput,
  WriteNginxConfigInput,
  WriteSystemSiteInput,
} from './proxy-actions.ts'
import type {
  BuildImageInput,
  PrepareModelInput,
  PullImagesInput,
  RunContainersInput,
  SetDatabasePasswordInput,
  WriteComposeFileInput,
  WriteContainerNginxInput,
  WriteImageFileInput,
} from './compose-actions.ts'
import type { RunServicesInput } from './service.ts'
import type { TemplateValues } from './template-values.ts'

/** What each kind of change needs to know. Everything is plain data without secrets, and paths are absolute. */
export interface ActionInputs {
  'create-user': CreateUserInput
  'make-directories': MakeDirectoriesInput
  'write-file': WriteFileInput
  'write-spec': { readonly path: string; readonly spec: StackSpec }
  'install-system-packages': InstallSystemPackagesInput
  'create-venv': { readonly path: string; readonly python: string }
  'install-packages': InstallPackagesInput
  'compile-code': CompileCodeInput
  'initialise-store': InitialiseStoreInput
  'create-cluster': CreateClusterInput
  'create-database': CreateDatabaseInput
  'initialise-schema': InitialiseSchemaInput
  'create-bucket': CreateBucketInput
  'set-password-file': SetPasswordFileInput
  'make-certificate': MakeCertificateInput
  'install-certificate': InstallCertificateInput
  'install-roots': InstallRootsInput
  'write-nginx-config': WriteNginxConfigInput
  'write-system-site': WriteSystemSiteInput
  'edit-aws-profile': EditAwsProfileInput
  'retire-services': RetireServicesInput
  'run-services': RunServicesInput
  'pull-images': PullImagesInput
  'write-image-file': WriteImageFileInput
  'write-compose-file': WriteComposeFileInput
  'write-container-nginx': WriteContainerNginxInput
  'build-image': BuildImageInput
  'prepare-model': PrepareModelInput
  'set-database-password': SetDatabasePasswordInput
  'run-containers': RunContainersInput
}

/** A system user without a login, which owns what the services write. */
export interface CreateUserInput {
  readonly name: string
  /** What its entry says; it need not exist. */
  readonly home: string
}

export interface MakeDirectoriesInput {
  readonly paths: readonly string[]
  readonly mode: number
  /** The user that they belong to, by name or, in containers, by number; absent: whoever runs this program. */
  readonly owner?: string | Owner
  /** What is there already and is somebody else's is not given away: its user must do that. */
  readonly keepsOwner?: true
}

/** A PostgreSQL cluster of the stack's own, which listens on a socket only. */
export interface CreateClusterInput {
  /** Where initdb is. */
  readonly programs: string
  /** PGDATA. */
  readonly directory: string
  /** The system user that it runs as; absent: whoever runs this program, who must not be root. */
  readonly owner?: string
  /** The name of its superuser inside, who comes in through the socket as the cluster's owner. */
  readonly superuser: string
  /** The folder of its socket. Systems allow about a hundred bytes for the path of a socket. */
  readonly socketFolder: string
}

/** How to reach a PostgreSQL server. */
export interface PostgresServer {
  /** A name, an address, or the absolute directory of its socket. */
  readonly host: string
  readonly port: number
  readonly sslMode: SslMode
  readonly caFile?: string
}

export interface CreateDatabaseInput {
  readonly server: PostgresServer
  /** Whether the server is a cluster of the stack's own: it may not run yet, and its role's password is ours to set. */
  readonly managed: boolean
  /** The role that MLflow uses; its password is the secret PGPASSWORD. */
  readonly user: string
  /** The databases that the role owns; more than one where MLflow's own login keeps its users apart. */
  readonly databases: readonly string[]
  /**
   * Who makes them: a system user (absent: whoever runs this program) that the server lets in through its socket as the
   * database superuser of the given name, the secret MLFLOW_SETUP_POSTGRES_ADMIN_URL, or nobody, because they are there.
   */
  readonly admin:
    | { readonly kind: 'peer'; readonly systemUser?: string; readonly user: string }
    | { readonly kind: 'url' }
    | { readonly kind: 'none' }
  /** The connections that the services of this stack may open together. */
  readonly connections: number
  /** The MLflow version whose tables may be there. */
  readonly mlflowVersion: string
}

/** The tables, made or brought up to date before the server's workers start. */
export interface InitialiseSchemaInput {
  /** The interpreter that has MLflow. */
  readonly python: string
  readonly directory: string
  /** Names the store: MLFLOW_BACKEND_STORE_URI and, for PostgreSQL, PG… */
  readonly environmentFile: string
  /** The system user that does it; absent: whoever runs this program. */
  readonly owner?: string
  readonly server: PostgresServer
  /** Whether the server is a cluster of the stack's own, which may not run yet. */
  readonly managed: boolean
  readonly user: string
  readonly database: string
  readonly mlflowVersion: string
}

/** A bucket that is there, private, and takes the very keys that the stack uses. */
export interface CreateBucketInput {
  readonly store: S3Store
  /** Where to prove it from: as the server reaches it and, where clients use another one, as they do. */
  readonly endpoints: readonly (string | undefined)[]
  /** A file that says what was proven, and with which keys. */
  readonly mark: string
}

/** A profile in the user's own AWS files, for clients that go to the bucket themselves. */
export interface EditAwsProfileInput {
  /** Who wants it: only lines that were written for the same stack are ever taken away again. */
  readonly stackDirectory: string
  /** `~/.aws/config` and `~/.aws/credentials`, or where the user has them. */
  readonly config: string
  readonly credentials: string
  /** Whose files they are where root makes them for somebody; absent: whoever runs this program. */
  readonly owner?: Owner
  /** What the profile shall hold, or that it shall be gone; with `removed` no name means every one of this stack. */
  readonly wish:
    | { readonly kind: 'written'; readonly profile: string; readonly values: TemplateValues; readonly keys: boolean }
    | { readonly kind: 'removed'; readonly profile?: string }
  /** Whether lines of the user's that are in the way become comments. */
  readonly replace: boolean
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
  /** The name of the user that it belongs to; absent: whoever runs this program. */
  readonly owner?: string
  /** How this format starts a comment, for the first line that marks the file as ours; 'none' for a file that is nobody else's business. */
  readonly comment: '#' | '//' | 'none'
}

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

/** The bytecode of the packages, made while the rest is set up. */
export interface CompileCodeInput {
  /** The interpreter that has them. */
  readonly python: string
  /** Where the services keep bytecode; absent: beside the modules. */
  readonly cache?: string
  /** The system user that the services run as; absent: whoever runs this program. */
  readonly owner?: string
}

/** Services of this stack that it had before and has no more. */
export interface RetireServicesInput {
  readonly stackDirectory: string
  /** What it has now. */
  readonly kept: readonly {
    readonly group: string
    readonly stackName: string
    readonly services: readonly string[]
  }[]
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
