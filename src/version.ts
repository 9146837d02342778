/** Put in by the build and by vitest.config.ts, from package.json. */
declare const MLFLOW_SETUP_VERSION: string

/** The version of this package: `1.0.0`. */
export const version: string = MLFLOW_SETUP_VERSION
