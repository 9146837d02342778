// In: what a service wrote before it ended. Out: why it ended and what to do, where the text tells.
import type { Hint } from '../../errors.ts'
import type { Listener } from '../../ports/processes.ts'

export interface Explanation {
  readonly because: string
  readonly hint: Hint
}

interface Cause {
  /** A fragment of the log (MLFLOW.md sections 2, 8, 9 and 11). */
  readonly sign: RegExp
  explain(match: RegExpExecArray): Explanation
}

const packages: Hint = { text: 'Install the packages again.', command: 'mlflow-setup apply' }

/** The first that matches counts, so that the special stands before the general. */
const CAUSES: readonly Cause[] = [
  {
    sign: /Can't locate revision|Detected out-of-date database schema/u,
    explain: () => ({
      because: 'The database was made by another version of MLflow.',
      hint: {
        text: 'Back the database up, then use the version that made it, or "mlflow db upgrade" for an older one.',
      },
    }),
  },
  {
    sign: /database is locked/u,
    explain: () => ({
      because: 'Another program writes to the same SQLite file.',
      hint: { text: 'Stop the other program, or choose a database server.' },
    }),
  },
  {
    sign: /unable to open database file|attempt to write a readonly database/u,
    explain: () => ({
      because: 'The SQLite file cannot be opened for writing.',
      hint: { text: 'Look at the owner and the mode of the file and its folder.' },
    }),
  },
  {
    sign: /file is not a database|database disk image is malformed/u,
    explain: () => ({
      because: 'The SQLite file is damaged, or no database.',
      hint: { text: 'Bring back a backup, or move the file away to begin with an empty one.' },
    }),
  },
  {
    sign: /No space left on device|\[Errno 28\]|database or disk is full/u,
    explain: () => ({
      because: 'The disk is full.',
      hint: { text: 'Free some space, then start again.', command: 'mlflow-setup start' },
    }),
  },
  {
    sign: /The filesystem tracking backend/u,
    explain: () => ({
      because: 'MLflow keeps plain files only for those who ask for it.',
      hint: { text: 'Use SQLite, or set MLFLOW_ALLOW_FILE_STORE=true under "environment" in mlflow-setup.yaml.' },
    }),
  },
  {
    sign: /No module named '([^']+)'/u,
    explain: ([, name]) => ({
      because: `The Python package ${name ?? ''} is missing in the virtual environment.`,
      hint: packages,
    }),
  },
  {
    sign: /No such file or directory: '?([^'\n]*python[^'\n]*)'?|: \[Errno 2\] No such file or directory/u,
    explain: () => ({ because: 'The program is not there.', hint: packages }),
  },
  {
    sign: /MLFLOW_WORKSPACE=\S* is client-only/u,
    explain: () => ({
      because: 'MLFLOW_WORKSPACE is for clients only.',
      hint: { text: 'Take it out of "environment" in mlflow-setup.yaml.' },
    }),
  },
  {
    sign: /password authentication failed/u,
    explain: () => ({
      because: 'The database refused the password.',
      hint: { text: 'Give the right one and apply again.' },
    }),
  },
  {
    sign: /could not translate host name|Connection refused/u,
    explain: () => ({
      because: 'The database does not answer.',
      hint: { text: 'Start it, then start again.', command: 'mlflow-setup start' },
    }),
  },
  {
    sign: /Error: (Invalid value for .*|No such option.*)/u,
    explain: ([, text]) => ({
      because: `MLflow did not understand a setting: ${text ?? ''}`,
      hint: { text: 'Correct it under "environment" in mlflow-setup.yaml.' },
    }),
  },
  {
    sign: /MemoryError|Cannot allocate memory|exited with code -9/u,
    explain: () => ({
      because: 'The memory of this machine was not enough.',
      hint: { text: 'Take fewer workers: --workers 1.' },
    }),
  },
]

/** Undefined when the text says nothing that is known. */
export function explainDeath(
  log: string,
  port: number | undefined,
  listener: Listener | undefined,
): Explanation | undefined {
  if (port !== undefined && /[Aa]ddress already in use|error while attempting to bind on address/u.test(log))
    return explainPort(port, listener)
  for (const { sign, explain } of CAUSES) {
    const match = sign.exec(log)
    if (match !== null) return explain(match)
  }
  return undefined
}

/** Why a port cannot be had, with the name of who has it. */
export function explainPort(port: number, listener: Listener | undefined): Explanation {
  const who = listener?.process
  return {
    because: who === undefined ? `Port ${port} is taken.` : `Port ${port} is taken by ${who.name} (pid ${who.pid}).`,
    // Which key it is depends on the service and on who answers at the public address.
    hint: {
      text: `Stop that program, or write another port than ${port} into mlflow-setup.yaml. Then go on:`,
      command: 'mlflow-setup apply',
    },
  }
}
