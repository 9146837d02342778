// In: nothing. Out: the MLflow version that this release installs and was tested on, and which others it takes.
import { isAtLeast } from '../formats/version.ts'

/** The newest version whose three packages (mlflow, mlflow-skinny, mlflow-tracing) are all on the index and on which the test suite passed. */
export const PINNED_MLFLOW_VERSION = '3.17.2'

/** Older servers have known security holes and no REST API under a path prefix. */
const OLDEST_MLFLOW_VERSION = '3.11.0'

/** Why this exact version of MLflow is not set up, or undefined when it is; goes on after the value. */
export function whyNotVersion(version: string): string | undefined {
  return isAtLeast(version, OLDEST_MLFLOW_VERSION)
    ? undefined
    : `is older than ${OLDEST_MLFLOW_VERSION}: known security holes`
}
