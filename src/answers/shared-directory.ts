// In: nothing. Out: where root sets up what a user of its own runs: nobody else may enter root's home.
export const SHARED_DIRECTORY = '/srv/mlflow'
