// In: an empty database. Out: the tables of this stack's MLflow; others are never brought up to date without being asked.
import { UserError } from '../errors.ts'
import { parseEnvFile } from '../formats/env-file.ts'
import { renderPostgresAddress } from '../formats/postgres-address.ts'
import type { Inspection } from '../plan/plan.ts'
import type { InitialiseSchemaInput } from '../targets/action.ts'
import { requireAccount } from './accounts.ts'
import type { ActionKindOf, ActionPorts, Progress } from './action-kind.ts'
import { asRole, codeOfFailure } from './postgres/logins.ts'
import { readRevisions } from './postgres/schema-revisions.ts'
import { runMlflowProgram } from './run-mlflow-program.ts'

/** What create-database is about to cure, or will tell. */
const NOT_MADE = ['database.wrong-password', 'database.no-password', 'database.no-role', 'database.missing']
const NOT_RUNNING = ['database.refused', 'database.starting']

export const initialiseSchema: ActionKindOf<InitialiseSchemaInput> = { inspect, apply }

async function inspect(input: InitialiseSchemaInput, ports: ActionPorts, signal: AbortSignal): Promise<Inspection> {
  try {
    return await lookAtTables(input, ports, signal)
  } catch (error) {
    const code = codeOfFailure(error) ?? ''
    if (NOT_MADE.includes(code)) return { effect: 'create', why: 'no database yet' }
    if (input.managed && NOT_RUNNING.includes(code)) return { effect: 'create', why: 'the cluster is not running yet' }
    throw error
  }
}

async function lookAtTables(
  input: InitialiseSchemaInput,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<Inspection> {
  const [found, revisions] = await Promise.all([
    asRole(input, input.database, ports, signal, async (session) => {
      const [table] = await session.query(`select to_regclass('alembic_version') is not null as there`)
      if (table?.['there'] !== 't') return undefined
      const [row] = await session.query('select version_num from alembic_version')
      return row?.['version_num'] ?? undefined
    }),
    readRevisions(input.python, input.mlflowVersion, ports),
  ])
  if (found === undefined) return { effect: 'create', why: 'no tables yet' }
  if (found === revisions?.head) return { effect: 'unchanged', why: 'there' }
  if (revisions === undefined) return { effect: 'update', why: 'there, compared once MLflow is installed' }
  throw revisions.known.has(found) ? olderTables(input) : newerTables(input, found)
}

async function apply(
  input: InitialiseSchemaInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  // By now the database and MLflow are there, so this tells older and newer tables apart in every case.
  const { effect } = await lookAtTables(input, ports, signal)
  if (effect === 'unchanged') return
  progress('loading MLflow')
  await createTables(input, ports, progress, signal)
  progress('created')
}

async function createTables(
  { python, directory, environmentFile, owner: user, database }: InitialiseSchemaInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const [owner, text] = await Promise.all([requireAccount(user, ports, signal), ports.files.readText(environmentFile)])
  const program = {
    template: 'native/initialise-schema.py',
    python,
    directory,
    variables: parseEnvFile(text ?? ''),
    owner,
    onLine: (line: string) => {
      if (line.includes('Creating initial MLflow database tables')) progress('creating tables')
      const [, step] = /Running upgrade \w* -> (\w+)/u.exec(line) ?? []
      if (step !== undefined) progress(`creating tables, ${step}`)
    },
    failure: {
      code: 'schema.not-initialised',
      what: `MLflow could not create its tables in the database "${database}".`,
    },
  }
  await runMlflowProgram(program, ports, signal)
}

function olderTables({ server, database, mlflowVersion }: InitialiseSchemaInput): UserError {
  const where = `the database "${database}" of ${renderPostgresAddress(server)}`
  return new UserError('schema.older', `An older MLflow than ${mlflowVersion} made the tables in ${where}.`, {
    because: 'Bringing them up to date cannot be undone, and is not done without being asked.',
    hint: {
      text: `Back it up with pg_dump, then run "mlflow db upgrade" of MLflow ${mlflowVersion}; or keep its version with --mlflow-version, or name an empty database with --postgres-database.`,
    },
  })
}

function newerTables({ server, database, mlflowVersion }: InitialiseSchemaInput, revision: string): UserError {
  const where = `the database "${database}" of ${renderPostgresAddress(server)}`
  return new UserError('schema.newer', `A newer MLflow than ${mlflowVersion} made the tables in ${where}.`, {
    because: `MLflow ${mlflowVersion} does not know their revision ${revision}, and no way leads back.`,
    hint: {
      text: 'Take at least the version that made them with --mlflow-version, or name an empty database with --postgres-database.',
    },
  })
}
