// In: nothing. Out: what the actions that run a stack in containers need to know.
import type { Health } from './service.ts'
import type { TemplateValues } from './template-values.ts'

/** Images that are brought to this machine before anything is stopped for them. */
export interface PullImagesInput {
  /** As `docker pull` takes them. */
  readonly images: readonly string[]
  /** The file that keeps their digests: what was pulled once is what counts from then on. */
  readonly digests: string
}

/** A file of Docker's, which names images by the digest that was pulled. */
export interface WriteImageFileInput {
  readonly path: string
  /** A path below `templates/`. */
  readonly template: string
  /** Names of images stand in `images`, by the word that the template has for each. */
  readonly values: TemplateValues & { readonly images: Readonly<Record<string, string>> }
  readonly digests: string
  readonly mode: number
}

/** compose.yaml: `docker compose config` must take it, with the user's override file, before it counts. */
export interface WriteComposeFileInput extends WriteImageFileInput {
  readonly stackDirectory: string
  /** Where each was made stands in the file, as `volumes` of the values: the engine knows of those that are there. */
  readonly volumes: readonly DataVolume[]
}

/** A volume by its name in compose.yaml, and by the one that the engine has for it: Compose puts the stack's in front. */
export interface DataVolume {
  readonly volume: string
  readonly name: string
}

/** nginx.conf of a container: `nginx -t` of its image must take it before it counts. */
export interface WriteContainerNginxInput {
  readonly path: string
  readonly template: string
  readonly values: TemplateValues
  /** The image that it is for. */
  readonly image: string
  readonly digests: string
  /** Where the configuration stands in the container. */
  readonly inside: string
  /** Files on this machine by their place in the container. */
  readonly mounts: Readonly<Record<string, string>>
  /** Names of other containers, which do not run yet. */
  readonly hosts: readonly string[]
  /** A certificate of the user's: browsers are told to stay with https where the world trusts it. Absent: they are not. */
  readonly hstsCertificate?: string
}

export interface BuildImageInput {
  readonly stackDirectory: string
  /** The service whose image it is. */
  readonly service: string
  /** `mlflow-setup/mlflow:3.17.2` */
  readonly tag: string
  /** What goes into it: files whose change makes another image of it. */
  readonly sources: readonly string[]
  /** A file that says what was built. */
  readonly mark: string
}

/** A model of the stack's own server, which is to be served. */
export interface PrepareModelInput {
  /** As MLflow writes it: `models:/fraud@champion`. */
  readonly uri: string
  /** The name of the Compose project. */
  readonly stackName: string
  readonly stackDirectory: string
  /** A file that says what was prepared. */
  readonly mark: string
}

export interface ContainerService {
  /** `postgres`, `object-store`, `mlflow`, `artifacts`, `nginx`: its name in compose.yaml. */
  readonly name: string
  /** How it is asked from this machine; absent: only the engine can, by the check in compose.yaml. */
  readonly health?: Health
  /** Whether it ends by itself when its work is done. */
  readonly job: boolean
  /** Files that it reads at its start, outside of what Compose knows of. */
  readonly readsAtStart: readonly string[]
}

/** What the engine calls by the name of the stack. */
export interface Project {
  /** The name of the Compose project. */
  readonly stackName: string
  readonly stackDirectory: string
  /** Those that hold data, as the engine calls them: `mlflow_postgres-data`. */
  readonly volumes: readonly string[]
}

/** The database of a stack's own, in its volume: its role has the password that `.env` has. */
export interface SetDatabasePasswordInput {
  readonly stackName: string
  readonly stackDirectory: string
  readonly volume: string
  /** PostgreSQL's, of the major version that wrote what is in the volume. */
  readonly image: string
  readonly digests: string
  /** What the image took when the volume was empty; its password is the secret PGPASSWORD. */
  readonly user: string
  readonly database: string
}

export interface RunContainersInput extends Project {
  /** In the order in which they start. */
  readonly services: readonly ContainerService[]
  /** What Compose reads: its files, the user's among them, and `.env`. Those that are not there count too. */
  readonly describedBy: readonly string[]
  /** A file that says what was in all of these files when they started. */
  readonly mark: string
}
