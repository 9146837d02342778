// In: nothing. Out: the names of a stack's files that other rooms look for.

/** The spec in its stack directory. */
export const SPEC_FILE = 'mlflow-setup.yaml'
/** Where editors find the schema of the spec, below the stack directory. */
export const SPEC_SCHEMA_FILE = '.mlflow-setup/mlflow-setup.schema.json'
