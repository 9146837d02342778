import type { Secret } from '../secret.ts'
import type { Owner } from './files.ts'

/** How to log in to a PostgreSQL server. */
export interface DatabaseLogin {
  /** A name, an address, or the absolute directory of its socket. */
  readonly host: string
  readonly port: number
  readonly sslMode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** PEM file of the roots to trust; absent: the system's. */
  readonly caFile?: string
  readonly user: string
  readonly database: string
  /** Absent: the server lets the user in without one, as through its socket. */
  readonly password?: Secret
  /** Another user of this machine who goes through the socket; only root may. Absent: this program's. */
  readonly as?: Owner
}

/** One open connection. Values go by `$1`, names by `quoteName`. */
export interface DatabaseSession {
  /** Rows by column, each value as text or null. Throws ExternalError `database.…`. */
  query(sql: string, values?: readonly string[]): Promise<readonly Readonly<Record<string, string | null>>[]>
  end(): Promise<void>
}

/** PostgreSQL servers. */
export interface Databases {
  /** Throws ExternalError `database.…`, whose code tells apart what can be wrong with a login. */
  connect(login: DatabaseLogin, options: { timeoutMs: number; signal: AbortSignal }): Promise<DatabaseSession>
}

export function makeDatabases(): Databases {
  return { connect: () => Promise.reject(new Error('databases are not part of this version')) }
}
