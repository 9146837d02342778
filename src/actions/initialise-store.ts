// In: a SQLite store for clients without a server. Out: its tables are there, and an experiment that keeps its files in the stack.
import type { InitialiseStoreInput } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'
import { runMlflowProgram } from './run-mlflow-program.ts'

/** What was initialised is written beside the store, because only MLflow can read it back, and takes seconds. */
export const initialiseStore: ActionKindOf<InitialiseStoreInput> = {
  async inspect(input, { files }) {
    const [store, mark] = await Promise.all([files.stat(input.file), files.readText(input.mark)])
    if (store === undefined) return { effect: 'create', why: 'not there yet' }
    if (mark === markOf(input)) return { effect: 'unchanged', why: 'there' }
    return { effect: 'update', why: mark === undefined ? 'not known to be complete' : 'the place of its files changes' }
  },

  async apply(input, ports, progress, signal) {
    progress('creating tables')
    const program = {
      template: 'native/initialise-store.py',
      python: input.python,
      directory: input.directory,
      variables: {
        MLFLOW_TRACKING_URI: input.trackingUri,
        STORE_EXPERIMENT: input.experiment,
        STORE_ARTIFACTS: input.artifactLocation,
        MLFLOW_DISABLE_TELEMETRY: 'true',
      },
      failure: { code: 'store.not-initialised', what: 'MLflow could not open its store for the first time.' },
    }
    await runMlflowProgram(program, ports, signal)
    await ports.files.writeText(input.mark, markOf(input), { mode: 0o600 })
    progress(`experiment ${input.experiment}`)
  },
}

function markOf({ experiment, artifactLocation }: InitialiseStoreInput): string {
  return `${JSON.stringify({ experiment, artifactLocation })}\n`
}
