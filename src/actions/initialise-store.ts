// In: a SQLite store for clients without a server. Out: its tables are there, and an experiment that keeps its files in the stack.
import { ExternalError } from '../errors.ts'
import type { CommandResult } from '../ports/commands.ts'
import type { InitialiseStoreInput } from '../targets/action.ts'
import type { ActionKindOf } from './action-kind.ts'
import { explainDeath } from './services/explain-death.ts'
import { selectPassedOn } from './supervisors/passed-on.ts'

/** A first import of MLflow compiles it: 10 s, and much more on a busy machine. */
const LIMIT_MS = 240_000
const PROGRAM = 'native/initialise-store.py'

/** What was initialised is written beside the store, because only MLflow can read it back, and takes seconds. */
export const initialiseStore: ActionKindOf<InitialiseStoreInput> = {
  async inspect(input, { files }) {
    const [store, mark] = await Promise.all([files.stat(input.file), files.readText(input.mark)])
    if (store === undefined) return { effect: 'create', why: 'not there yet' }
    if (mark === markOf(input)) return { effect: 'unchanged', why: 'there' }
    return { effect: 'update', why: mark === undefined ? 'not known to be complete' : 'the place of its files changes' }
  },

  async apply(input, { files, commands, templates, env }, progress, signal) {
    progress('creating tables')
    const settings = {
      MLFLOW_TRACKING_URI: input.trackingUri,
      STORE_EXPERIMENT: input.experiment,
      STORE_ARTIFACTS: input.artifactLocation,
      MLFLOW_DISABLE_TELEMETRY: 'true',
    }
    const command = {
      file: input.python,
      args: ['-I', '-'],
      cwd: input.directory,
      env: { ...selectPassedOn(env), ...settings },
    }
    const result = await commands.run(command, { timeoutMs: LIMIT_MS, signal, input: await templates.read(PROGRAM) })
    if (result.exitCode !== 0) throw notInitialised(result)
    await files.writeText(input.mark, markOf(input), { mode: 0o600 })
    progress(`experiment ${input.experiment}`)
  },
}

function notInitialised({ exitCode, timedOut, stderr }: CommandResult): ExternalError {
  const known = explainDeath(stderr, 0, undefined)
  const unknown = timedOut ? `It took longer than ${LIMIT_MS / 1000} s.` : 'Its last lines say more.'
  return new ExternalError('store.not-initialised', 'MLflow could not open its store for the first time.', {
    exitCode,
    because: known?.because ?? unknown,
    hint: { text: known?.hint.text ?? 'Mend what they name, then go on.', command: 'mlflow-setup apply' },
    source: 'MLflow',
    lastLines: stderr.trimEnd().split('\n').slice(-12),
  })
}

function markOf({ experiment, artifactLocation }: InitialiseStoreInput): string {
  return `${JSON.stringify({ experiment, artifactLocation })}\n`
}
