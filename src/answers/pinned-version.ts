// In: nothing. Out: the MLflow version that this release installs and was tested on.

/** The newest version whose three packages (mlflow, mlflow-skinny, mlflow-tracing) are all on the index and on which the test suite passed. */
export const PINNED_MLFLOW_VERSION = '3.17.2'

/** Older servers have known security holes and no REST API under a path prefix. */
export const OLDEST_MLFLOW_VERSION = '3.11.0'
