// In: the wanted role and databases. Out: what is missing, or the error that says why they cannot be had.
import { UserError } from '../../errors.ts'
import { renderPostgresAddress } from '../../formats/postgres-address.ts'
import type { DatabaseSession } from '../../ports/databases.ts'
import type { CreateDatabaseInput } from '../../targets/action.ts'
import { checkConnections, checkFreeConnections } from './check-connections.ts'
import { checkDatabase } from './check-database.ts'
import { checkGiven, checkLetters } from './check-given.ts'
import { asAdmin, asRole, codeOfFailure, type DatabasePorts } from './logins.ts'

/** What there is to do, in this order. */
export interface ServerState {
  /** `absent`: of the stack's own cluster, which does not run yet. */
  readonly server: 'running' | 'absent'
  readonly role: 'there' | 'missing' | 'other-password'
  /** Databases that are not there. */
  readonly missing: readonly string[]
  /** Databases of the role's that are empty and let everybody in. */
  readonly open: readonly string[]
}

const ABSENT: ServerState = { server: 'absent', role: 'missing', missing: [], open: [] }
/** Not there, or not ready: both end by themselves when a cluster starts. */
const NOT_RUNNING = ['database.refused', 'database.starting']
const NOT_KNOWN = ['database.wrong-password', 'database.no-password', 'database.no-role']

/**
 * Logs in as MLflow will; only if that fails, somebody who may make things is asked why.
 * Throws UserError or ExternalError `database.…` for what must not or cannot be changed.
 */
export async function lookAtServer(
  input: CreateDatabaseInput,
  ports: DatabasePorts,
  signal: AbortSignal,
): Promise<ServerState> {
  await checkGiven(input, ports)
  const found = await Promise.all(
    input.databases.map(async (database) => ({ database, ...(await tryLogin(input, database, ports, signal)) })),
  )
  const codes = found.map(({ error }) => codeOfFailure(error))
  if (input.managed && codes.some((code) => code !== undefined && NOT_RUNNING.includes(code))) return ABSENT
  const unknown = found.find((_, at) => NOT_KNOWN.includes(codes[at] ?? ''))
  if (unknown !== undefined) return askForRole(input, unknown.error, ports, signal)
  const missing = found.filter((_, at) => codes[at] === 'database.missing')
  const other = found.find(({ error }, at) => error !== undefined && codes[at] !== 'database.missing')
  if (other !== undefined) throw other.error
  const [first] = missing
  if (first !== undefined) await askForDatabases(input, first.error, ports, signal)
  return {
    server: 'running',
    role: 'there',
    missing: missing.map(({ database }) => database),
    // What was there before they were named stays as it is.
    open: input.admin.kind === 'none' ? [] : found.filter(({ open }) => open).map(({ database }) => database),
  }
}

async function tryLogin(
  input: CreateDatabaseInput,
  database: string,
  ports: DatabasePorts,
  signal: AbortSignal,
): Promise<{ readonly error?: unknown; readonly open: boolean }> {
  try {
    return await asRole(input, database, ports, signal, async (session) => {
      const { open } = await checkDatabase(session, input, database)
      await checkConnections(session, input)
      return { open }
    })
  } catch (error) {
    signal.throwIfAborted()
    return { error, open: false }
  }
}

/** The login failed as a whole: the role is missing, or has another password. */
async function askForRole(
  input: CreateDatabaseInput,
  refusal: unknown,
  ports: DatabasePorts,
  signal: AbortSignal,
): Promise<ServerState> {
  if (input.admin.kind === 'none') throw refusal
  return asAdmin(input, ports, signal, async (session) => {
    const [role] = await session.query('select rolcanlogin from pg_roles where rolname = $1', [input.user])
    if (role !== undefined && !input.managed) throw roleTaken(input, role['rolcanlogin'] === 't')
    const missing = await missingDatabases(session, input)
    await checkRights(session, input, { role: role === undefined, database: missing.length > 0 })
    await checkFreeConnections(session, input)
    return { server: 'running', role: role === undefined ? 'missing' : 'other-password', missing, open: [] }
  })
}

async function askForDatabases(
  input: CreateDatabaseInput,
  refusal: unknown,
  ports: DatabasePorts,
  signal: AbortSignal,
): Promise<void> {
  if (input.admin.kind === 'none') throw refusal
  await asAdmin(input, ports, signal, async (session) => {
    await checkRights(session, input, { role: false, database: true })
    await checkFreeConnections(session, input)
  })
}

/** One that is there and not the role's is somebody's. */
async function missingDatabases(session: DatabaseSession, input: CreateDatabaseInput): Promise<readonly string[]> {
  const missing: string[] = []
  for (const database of input.databases) {
    const sql = 'select pg_get_userbyid(datdba) as owner from pg_database where datname = $1'
    const [there] = await session.query(sql, [database])
    if (there === undefined) missing.push(database)
    else if (there['owner'] !== input.user) throw ownedByOther(input, database, there['owner'] ?? 'nobody')
  }
  return missing
}

async function checkRights(
  session: DatabaseSession,
  input: CreateDatabaseInput,
  needed: { readonly role: boolean; readonly database: boolean },
): Promise<void> {
  const [who] = await session.query(
    `select rolname, rolsuper, rolcreaterole, rolcreatedb, current_setting('server_encoding') as encoding
    from pg_roles where rolname = current_user`,
  )
  checkLetters(input, who?.['encoding'] ?? 'UTF8')
  if (who?.['rolsuper'] === 't') return
  const name = who?.['rolname'] ?? ''
  if (needed.role && who?.['rolcreaterole'] !== 't') throw noRight(input, name, 'create roles', 'CREATEROLE')
  if (needed.database && who?.['rolcreatedb'] !== 't') throw noRight(input, name, 'create databases', 'CREATEDB')
}

function roleTaken({ server, user }: CreateDatabaseInput, mayLogIn: boolean): UserError {
  const because = mayLogIn
    ? 'It has another password than the one of this stack, and is not changed without being asked.'
    : 'It may not log in (NOLOGIN), and is not changed without being asked.'
  const text = mayLogIn
    ? `Give its password in MLFLOW_SETUP_POSTGRES_PASSWORD, take another role with --postgres-user, or set a new password there with psql: \\password ${user}`
    : 'Take another role with --postgres-user, or let it log in: ALTER ROLE … LOGIN.'
  return new UserError('database.role-taken', `${renderPostgresAddress(server)} already has a role "${user}".`, {
    because,
    hint: { text },
  })
}

function ownedByOther({ server, user }: CreateDatabaseInput, database: string, owner: string): UserError {
  return new UserError(
    'database.owned-by-other',
    `${renderPostgresAddress(server)} already has a database "${database}".`,
    {
      because: `It belongs to the role "${owner}", not to "${user}", and is not changed without being asked.`,
      hint: { text: `Take another one with --postgres-database, or its owner with --postgres-user ${owner}.` },
    },
  )
}

function noRight({ server }: CreateDatabaseInput, name: string, what: string, right: string): UserError {
  return new UserError('database.no-right', `The role "${name}" of ${renderPostgresAddress(server)} may not ${what}.`, {
    because: `It has no right of the name ${right}.`,
    hint: {
      text: `Let an administrator give it (ALTER ROLE … ${right}), or name another login in MLFLOW_SETUP_POSTGRES_ADMIN_URL.`,
    },
  })
}
