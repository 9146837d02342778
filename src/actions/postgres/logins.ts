// In: how a stack reaches its database server. Out: a session as MLflow's role, or as somebody who may make it.
import { ExternalError, UserError } from '../../errors.ts'
import { parseConnectionUrl } from '../../formats/connection-url.ts'
import type { DatabaseLogin, DatabaseSession } from '../../ports/databases.ts'
import type { CreateDatabaseInput, PostgresServer } from '../../targets/action.ts'
import { requireAccount } from '../accounts.ts'
import type { ActionPorts } from '../action-kind.ts'

export type DatabasePorts = Pick<ActionPorts, 'databases' | 'secrets' | 'files' | 'commands' | 'env'>

const LOGIN_TIMEOUT_MS = 10_000
const PASSWORD = 'PGPASSWORD'
const ADMIN_URL = 'MLFLOW_SETUP_POSTGRES_ADMIN_URL'
/** A database that every server has, to stand in while others are made. */
const MAINTENANCE = 'postgres'
/** Where servers have their sockets, unless told otherwise: Debian and Red Hat, and PostgreSQL's own default. */
const SOCKET_FOLDERS = ['/var/run/postgresql', '/run/postgresql', '/tmp']

export interface RoleLogin {
  readonly server: PostgresServer
  readonly user: string
}

/** As MLflow logs in. The session is ended with the work. Throws UserError or ExternalError `database.…`. */
export function asRole<T>(
  { server, user }: RoleLogin,
  database: string,
  ports: DatabasePorts,
  signal: AbortSignal,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  const password = ports.secrets[PASSWORD]
  const login = { ...server, user, database, ...(password === undefined ? {} : { password }) }
  return withSession(login, ports, signal, work)
}

/** As whoever may make roles and databases. */
export async function asAdmin<T>(
  input: CreateDatabaseInput,
  ports: DatabasePorts,
  signal: AbortSignal,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  return withSession(await adminLogin(input, ports, signal), ports, signal, work)
}

/** The code of a failure that says something about the login; undefined for everything else. */
export function codeOfFailure(error: unknown): string | undefined {
  return error instanceof UserError || error instanceof ExternalError ? error.code : undefined
}

async function withSession<T>(
  login: DatabaseLogin,
  { databases }: DatabasePorts,
  signal: AbortSignal,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  const session = await databases.connect(login, { timeoutMs: LOGIN_TIMEOUT_MS, signal })
  try {
    return await work(session)
  } finally {
    await session.end()
  }
}

async function adminLogin(
  { server, admin }: CreateDatabaseInput,
  ports: DatabasePorts,
  signal: AbortSignal,
): Promise<DatabaseLogin> {
  switch (admin.kind) {
    case 'url':
      return urlLogin(server, ports)
    case 'peer': {
      const as = await requireAccount(admin.systemUser, ports, signal)
      const host = await socketFolderOf(server, ports)
      const login = { host, port: server.port, sslMode: 'disable', user: admin.user, database: MAINTENANCE } as const
      return as === undefined ? login : { ...login, as }
    }
    case 'none':
      throw new Error('nobody was named who may make the database')
  }
}

/** What the address leaves out is as for MLflow's own login. */
function urlLogin(server: PostgresServer, { secrets }: DatabasePorts): DatabaseLogin {
  const url = secrets[ADMIN_URL]
  if (url === undefined) {
    throw new UserError(
      'database.no-admin',
      'Something must be made on the database server, and nobody was named who may.',
      {
        because: `${ADMIN_URL} is not set. It is used once and kept nowhere.`,
        hint: {
          text: 'Set it to postgresql://user:password@host:5432/postgres, or name a file with --postgres-admin-url-file.',
        },
      },
    )
  }
  const parts = parseConnectionUrl(url, ADMIN_URL)
  const caFile = parts.caFile ?? server.caFile
  return {
    host: parts.host ?? server.host,
    port: parts.port ?? server.port,
    sslMode: parts.sslMode ?? server.sslMode,
    user: parts.user ?? 'postgres',
    database: parts.database ?? MAINTENANCE,
    givenBy: 'admin-url',
    ...(parts.password === undefined ? {} : { password: parts.password }),
    ...(caFile === undefined ? {} : { caFile }),
  }
}

async function socketFolderOf({ host, port }: PostgresServer, { files }: DatabasePorts): Promise<string> {
  if (host.startsWith('/')) return host
  for (const folder of SOCKET_FOLDERS) {
    if ((await files.stat(`${folder}/.s.PGSQL.${port}`)) !== undefined) return folder
  }
  throw new UserError('database.no-socket', `No PostgreSQL server of this machine has a socket for the port ${port}.`, {
    because: `There is none in ${SOCKET_FOLDERS.join(', ')}.`,
    hint: {
      text: `Start the server, name the folder of its socket with --postgres-host, or give an administrator's address: ${ADMIN_URL}.`,
    },
  })
}
