// In: a stack directory. Out: where everything of a stack of containers is, outside and inside of them.
import { join } from 'node:path'
import { SPEC_FILE, SPEC_SCHEMA_FILE } from '../../stack/file-names.ts'

export interface ComposeLayout {
  readonly spec: string
  readonly specSchema: string
  readonly env: string
  readonly gitignore: string
  readonly compose: string
  /** The user's own, of which Compose reads the first that is there. */
  readonly overrides: readonly string[]
  /** The folder that the image of MLflow is built from. */
  readonly image: string
  readonly dockerfile: string
  readonly requirements: string
  /** What nginx sees, as its /etc/nginx. */
  readonly nginx: string
  readonly nginxConfig: string
  readonly thisMachine: string
  readonly passwords: string
  /** Certificate and key, as nginx sees them. */
  readonly shownCertificates: string
  /** The stack's own authority. */
  readonly authority: string
  /** Roots by which stores are trusted, as containers see them. */
  readonly roots: string
  /** Programs of the one-shot jobs. */
  readonly jobs: string
  readonly login: string
  /** Lock, journal and notes of mlflow-setup. */
  readonly own: string
  readonly digests: string
  readonly builtMark: string
  readonly startedMark: string
  readonly bucketMark: string
}

export function composeLayout(directory: string): ComposeLayout {
  const at = (...parts: string[]) => join(directory, ...parts)
  return {
    spec: at(SPEC_FILE),
    specSchema: at(SPEC_SCHEMA_FILE),
    env: at('.env'),
    gitignore: at('.gitignore'),
    compose: at('compose.yaml'),
    overrides: [at('compose.override.yaml'), at('compose.override.yml')],
    image: at('mlflow'),
    dockerfile: at('mlflow', 'Dockerfile'),
    requirements: at('mlflow', 'requirements.txt'),
    nginx: at('nginx'),
    nginxConfig: at('nginx', 'nginx.conf'),
    thisMachine: at('nginx', 'this-machine.sh'),
    passwords: at('nginx', 'htpasswd'),
    shownCertificates: at('nginx', 'tls'),
    authority: at('tls'),
    roots: at('roots'),
    jobs: at('jobs'),
    login: at('jobs', 'basic_auth.ini'),
    own: at('.mlflow-setup'),
    digests: at('.mlflow-setup', 'images.json'),
    builtMark: at('.mlflow-setup', 'built.json'),
    startedMark: at('.mlflow-setup', 'containers.json'),
    bucketMark: at('.mlflow-setup', 'bucket.json'),
  }
}

/** nginx's cache of checked logins, as its container sees it. */
export const LOGIN_CACHE = '/tmp/logins'
/** The folder of SQLite and of files, as MLflow's container sees it. */
export const DATA = '/data'
/** As whom MLflow runs in its containers: the Dockerfile makes it. */
export const MLFLOW_USER = { uid: 10_001, gid: 10_001 } as const

/** A stack's volume of PostgreSQL, as Compose calls it before the project's name is put in front. */
export const POSTGRES_VOLUME = 'postgres-data'
