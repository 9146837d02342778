// In: nothing. Out: the images of a stack of containers, as the tests of this release ran them.
import type { ManagedObjectStore } from './spec.ts'

/** A major version is for the life of a database: PostgreSQL 18 does not read what 17 wrote. */
export const POSTGRES_IMAGE = 'postgres:17'
/** Runs without root; the same nginx otherwise. */
export const NGINX_IMAGE = 'nginxinc/nginx-unprivileged:1.30'

export const STORE_IMAGES: Readonly<Record<ManagedObjectStore, string>> = {
  seaweedfs: 'chrislusf/seaweedfs:4.47',
  rustfs: 'rustfs/rustfs:1.0.1',
}

/** MLflow's own image, without a database driver and without boto3. */
export function upstreamImage(mlflowVersion: string): string {
  return `ghcr.io/mlflow/mlflow:v${mlflowVersion}`
}
