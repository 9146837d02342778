// In: nothing. Out: Answers, everything the user decided, each with where it came from.

export type AnsweredScenario = 1 | 2 | 3 | 4 | 5 | 6

/** Paths are absolute. A word such as `none` stands where nothing is wanted: every answer can be said. */
export interface Answers extends ServerAnswers, PostgresAnswers, S3Answers {
  readonly scenario: AnsweredScenario
  readonly target: 'native' | 'compose'
  /** The stack directory. */
  readonly dir: string
  readonly name: string
  readonly mlflowVersion: string
  /** `sqlite`, the path of its file, `postgres`, or `postgresql://user@host:port/database`. */
  readonly backendStore: string
  /** `local`, the path of a folder, `s3`, or `s3://bucket/prefix`. */
  readonly artifactStore: string
  readonly service: 'systemd' | 'systemd-user' | 'background'
  /** The name of a system user, or `none`. */
  readonly runAs: string
  /** `build`, or the name of an image that has MLflow and what the stack needs. */
  readonly mlflowImage: string
  /** Whether a notebook is beside the server. */
  readonly notebook: 'yes' | 'no'
  /** The Python to build on. */
  readonly python: string
  /** Whether missing programs may be installed with the distribution's package manager. */
  readonly installPackages: 'yes' | 'no'
  readonly testClient: 'rest' | 'python' | 'all' | 'off'
}

interface ServerAnswers {
  readonly publicUrl: string
  readonly proxy: 'none' | 'managed' | 'system'
  readonly nginx: string
  readonly tls: 'off' | 'self-signed' | 'files'
  readonly tlsCert: string
  readonly tlsKey: string
  readonly auth: 'none' | 'htpasswd' | 'basic-auth'
  readonly adminUser: string
  /** A path, or `none`. */
  readonly adminPasswordFile: string
  /** `all`, or networks with commas between them. */
  readonly allowFrom: string
  readonly port: number
  readonly artifactsPort: number
  readonly workers: number
}

interface PostgresAnswers {
  readonly postgres: 'managed' | 'existing'
  readonly postgresPrograms: string
  readonly postgresHost: string
  readonly postgresPort: number
  readonly postgresAdmin: 'peer' | 'url' | 'none'
  readonly postgresDatabase: string
  readonly postgresUser: string
  readonly postgresSslmode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** A path, or `system`. */
  readonly postgresCaFile: string
  /** Paths, or `none`. */
  readonly postgresAdminUrlFile: string
  readonly postgresPasswordFile: string
}

interface S3Answers {
  /** Which store the stack runs itself; `none`: one that was there before. */
  readonly managedS3: 'seaweedfs' | 'rustfs' | 'none'
  /** `aws`, or an address. */
  readonly s3Endpoint: string
  readonly s3Bucket: string
  /** Empty: the whole bucket. */
  readonly s3Prefix: string
  readonly s3Region: string
  /** An address, or `none`. */
  readonly s3PublicEndpoint: string
  /** A path, or `system`. */
  readonly s3CaFile: string
  /** `auto`: the store is asked. */
  readonly s3Addressing: 'auto' | 'path' | 'virtual'
  readonly s3Checksums: 'auto' | 'when_required' | 'when_supported'
  readonly s3Credentials: 'keys' | 'role'
  /** The name of a profile in ~/.aws, or `none`. */
  readonly awsProfile: string
}

/** `implied`: another answer makes no sense without this one. */
export type AnswerSource = 'flag' | 'environment' | 'answers file' | 'implied' | 'existing stack' | 'prompt' | 'default'

/** The answers that apply, and the source of each. */
export interface ResolvedAnswers {
  readonly answers: Partial<Answers>
  readonly sources: Readonly<Partial<Record<keyof Answers, AnswerSource>>>
  /** Programs that no answer names, because they are to be installed first. */
  readonly open: readonly Program[]
}

/** What the distribution's package manager can install for a stack. */
export type Program = 'python' | 'postgresql' | 'nginx' | 'docker'
