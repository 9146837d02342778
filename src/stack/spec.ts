// In: nothing. Out: StackSpec, what mlflow-setup.yaml says, with every default filled in and no secret.

export type Scenario = 1 | 2 | 3 | 4 | 5 | 6
export type TargetName = 'native' | 'compose' | 'kubernetes' | 'openshift'
export type ServiceKind = 'systemd' | 'systemd-user' | 'background' | 'none'
/** What libpq calls them: PGSSLMODE. */
export type SslMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

/** A PostgreSQL server that was there before. */
export interface ExistingPostgres {
  readonly kind: 'postgres'
  readonly managed: false
  /** A name, an address, or the absolute directory of its socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  /** The role that MLflow logs in as; its password is the secret PGPASSWORD. */
  readonly user: string
  readonly sslMode: SslMode
  /** PEM file of the roots to trust, absolute; undefined: the system's. */
  readonly caFile: string | undefined
  /**
   * Who makes role and database: `peer` is the system's user postgres through the server's socket, `url` a login that
   * is given when it is needed and never kept, `none` means that both are there.
   */
  readonly admin: 'peer' | 'url' | 'none'
}

/** A cluster of the stack's own, in the stack directory, reached by a socket there. */
export interface ManagedPostgres {
  readonly kind: 'postgres'
  readonly managed: true
  readonly database: string
  readonly user: string
  /** Where initdb and postgres are, absolute: `/usr/lib/postgresql/15/bin`. A cluster stays with its major version. */
  readonly programs: string
}

/** A container of the stack's own: target `compose`. Its image is one of the stack's images. */
export interface ContainerPostgres {
  readonly kind: 'postgres'
  readonly managed: 'container'
  readonly database: string
  readonly user: string
}

export type PostgresStore = ExistingPostgres | ManagedPostgres | ContainerPostgres

/** Where runs and metrics live. Paths are relative to the stack directory, or absolute. */
export type BackendStore =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  | PostgresStore

/** A bucket of AWS, or of anything that speaks S3. Its keys are the secrets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. */
export interface S3Store {
  readonly kind: 's3'
  readonly bucket: string
  /** Without slashes at its ends; empty: the whole bucket. */
  readonly prefix: string
  readonly region: string
  /** As the server reaches it, `http://10.0.0.5:9000`; undefined: AWS. */
  readonly endpoint: string | undefined
  /**
   * As clients reach it. Scenario 4: undefined means the same as `endpoint`. Scenarios 5 and 6: undefined means that
   * clients cannot reach it, and everything goes through the server.
   */
  readonly publicEndpoint: string | undefined
  /** Whether the bucket stands in the path or in the host name. */
  readonly addressing: 'path' | 'virtual'
  /** `when_required` for stores that do not know the checksums which SDKs send since 2025. */
  readonly checksums: 'when_required' | 'when_supported'
  /** PEM file of the roots to trust, absolute; undefined: the system's. */
  readonly caFile: string | undefined
  /** `keys`: secrets of the stack. `role`: what the machine itself is given, such as an EC2 instance role. */
  readonly credentials: 'keys' | 'role'
  /** The program of a store that the stack runs itself, in a container; absent: the store was there before. */
  readonly managed?: ManagedObjectStore | undefined
}

export type ManagedObjectStore = 'seaweedfs' | 'rustfs'

/** Where files live. Paths are relative to the stack directory, or absolute. */
export type ArtifactStore = { readonly kind: 'local'; readonly path: string } | S3Store

/** Who answers at the public address. */
export type Proxy =
  /** The server itself on this machine, or a proxy that we know nothing of. */
  | { readonly kind: 'none' }
  /** An nginx process of the stack's own. */
  | NginxProxy<'managed'>
  /** One site file in the system's nginx. */
  | NginxProxy<'system'>
  | ContainerProxy

export interface NginxProxy<K extends 'managed' | 'system'> {
  readonly kind: K
  /** The nginx program, absolute. */
  readonly program: string
  /** Networks that may come in, such as `10.0.0.0/8`; empty: all. */
  readonly allowFrom: readonly string[]
}

/** An nginx in a container of the stack's own: target `compose`. */
export interface ContainerProxy {
  readonly kind: 'container'
  /** Networks that may come in; empty: all. */
  readonly allowFrom: readonly string[]
}

/** The images of a stack of containers, as `docker pull` takes them: what counts when it is set up, counts from then on. */
export interface Images {
  /** `build`: made here, from MLflow's own image and what this stack needs; else a ready image that has all of it. */
  readonly mlflow: string
  /** What it is made from, where that has another name than MLflow's own image: in a mirror. */
  readonly base?: string | undefined
  readonly nginx?: string | undefined
  readonly postgres?: string | undefined
  readonly objectStore?: string | undefined
}

export interface ServedModel {
  /** As MLflow writes it: `models:/fraud/3`, `models:/fraud@champion`, `runs:/…/model`. */
  readonly uri: string
}

/** Who asks for user and password. The first user's password is the secret MLFLOW_SETUP_ADMIN_PASSWORD. */
export type Auth =
  | { readonly kind: 'none' }
  /** nginx does. */
  | { readonly kind: 'htpasswd'; readonly adminUser: string }
  /** MLflow's own app does, with users and permissions of its own. */
  | { readonly kind: 'basic-auth'; readonly adminUser: string }

export type Tls =
  | { readonly kind: 'off' }
  /** By a small certificate authority of the stack's own, whose root clients need. */
  | { readonly kind: 'self-signed' }
  /** Certificate chain and key as PEM files, absolute. */
  | { readonly kind: 'files'; readonly certificate: string; readonly key: string }

export interface StackSpec {
  readonly schemaVersion: 1
  readonly name: string
  readonly scenario: Scenario
  readonly target: TargetName
  readonly mlflowVersion: string
  /** The one address that everything else derives from; undefined in scenarios 1 and 2, which have no server. */
  readonly publicUrl: string | undefined
  /** The server's own port on 127.0.0.1 when a proxy answers at the public address; else undefined. */
  readonly port: number | undefined
  /** The artifact server's own port on 127.0.0.1; scenario 6 only. */
  readonly artifactsPort: number | undefined
  readonly backendStore: BackendStore
  readonly artifactStore: ArtifactStore
  readonly proxy: Proxy
  readonly auth: Auth
  readonly tls: Tls
  /** Who starts the server and starts it again; 'none' in scenarios 1 and 2, and for containers, which the engine keeps. */
  readonly service: ServiceKind
  /** The system user that the services run as, made when it is missing; undefined: whoever owns the stack directory. */
  readonly runAs: string | undefined
  /** The Python to make the virtual environment with: an absolute path; undefined: its programs come in images. */
  readonly python: string | undefined
  /** Target `compose` only. */
  readonly images: Images | undefined
  /** Whether a notebook is beside the server; target `compose` behind nginx only. */
  readonly notebook?: true | undefined
  /** The model that is served beside the server; target `compose` behind nginx only. */
  readonly model?: ServedModel | undefined
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
