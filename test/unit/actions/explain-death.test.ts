import { describe, expect, it } from 'vitest'
import { explainDeath } from '../../../src/actions/services/explain-death.ts'
import { formatStartPhase } from '../../../src/actions/services/start-phase.ts'

const nginx = { port: 5000, process: { pid: 812, name: 'nginx' } }

describe('why a service died', () => {
  it.each([
    [
      `[Errno 98] error while attempting to bind on address ('127.0.0.1', 5000): address already in use`,
      'Port 5000 is taken by nginx (pid 812).',
    ],
    [
      'mlflow.exceptions.MlflowException: Detected out-of-date database schema (found version a, but expected b)',
      'The database was made by another version of MLflow.',
    ],
    ["ModuleNotFoundError: No module named 'flask'", 'The Python package flask is missing in the virtual environment.'],
    [
      "Error: Invalid value for '--workers' / '-w': 'two' is not a valid integer.",
      `MLflow did not understand a setting: Invalid value for '--workers' / '-w': 'two' is not a valid integer.`,
    ],
    [
      "MlflowException: The filesystem tracking backend (e.g., './mlruns') is in maintenance mode",
      'MLflow keeps plain files only for those who ask for it.',
    ],
    ['OSError: [Errno 28] No space left on device', 'The disk is full.'],
    ['sqlite3.OperationalError: unable to open database file', 'The SQLite file cannot be opened for writing.'],
  ])('reads %s', (log, because) => {
    expect(explainDeath(`first line\n${log}\nlast line`, 5000, nginx)?.because).toBe(because)
  })

  it('says nothing when it knows nothing, and no name when nobody may see it', () => {
    expect(explainDeath('Traceback', 5000, undefined)).toBeUndefined()
    expect(explainDeath('Address already in use', 5000, undefined)?.because).toBe('Port 5000 is taken.')
  })
})

it('tells the phase of a start by the latest sign in the log', () => {
  const lines = [
    'INFO mlflow.store.db.utils: Creating initial MLflow database tables...',
    'INFO mlflow.store.db.utils: Updating database tables',
    'INFO:     Uvicorn running on http://127.0.0.1:5000 (Press CTRL+C to quit)',
    'INFO:     Started server process [2]',
    'INFO:     Application startup complete.',
  ]
  const phases = lines.map((_, at) => formatStartPhase(lines.slice(0, at + 1).join('\n')))
  expect(phases).toEqual([
    'creating tables',
    'updating tables',
    'starting workers',
    'starting to answer',
    'about to answer',
  ])
  expect(formatStartPhase('')).toBe('loading')
})
