import { UserError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { Owner } from './files.ts'

/** How to log in to a PostgreSQL server. */
export interface DatabaseLogin {
  /** A name, an address, or the absolute directory of its socket. */
  readonly host: string
  readonly port: number
  /** As libpq has it; without meaning on a socket. `require` with a CA file checks the certificate, as there. */
  readonly sslMode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** PEM file of the roots to trust; absent: the system's. */
  readonly caFile?: string
  readonly user: string
  readonly database: string
  /** Absent: the server lets the user in without one, as through its socket. */
  readonly password?: Secret
  /** Another user of this machine who goes through the socket; only root may. Absent: this program's. */
  readonly as?: Owner
  /** Where its parts were given, so that an error names what to change. Absent: by flags. */
  readonly givenBy?: 'flags' | 'admin-url'
}

/** One open connection. Values go by `$1`, names by `quoteName`. */
export interface DatabaseSession {
  /** Rows by column, each value as text or null. Throws UserError or ExternalError `database.…`. */
  query(sql: string, values?: readonly string[]): Promise<readonly Readonly<Record<string, string | null>>[]>
  end(): Promise<void>
}

export interface ConnectOptions {
  /** For the login; a query has a longer limit of its own. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** PostgreSQL servers. */
export interface Databases {
  /**
   * Throws UserError or ExternalError `database.…`, whose code tells apart what can be wrong with a login
   * (databases/explain-failure.ts), and the signal's reason when aborted.
   */
  connect(login: DatabaseLogin, options: ConnectOptions): Promise<DatabaseSession>
}

/** The driver is loaded with the first connection. Its environment variables (PGHOST …) do not count. */
export function makeDatabases(): Databases {
  return { connect }
}

async function connect(login: DatabaseLogin, options: ConnectOptions): Promise<DatabaseSession> {
  const { openSession } = await import('./databases/open-session.ts')
  const encrypted = login.sslMode !== 'disable' && !login.host.startsWith('/')
  if (login.sslMode !== 'prefer' || !encrypted) return openSession(login, encrypted, options)
  try {
    return await openSession(login, true, options)
  } catch (error) {
    // libpq goes on without TLS when the server has none, and when pg_hba.conf wants none.
    if (!(error instanceof UserError) || !['database.no-tls', 'database.not-let-in'].includes(error.code)) throw error
    return openSession(login, false, options)
  }
}
