import { Socket } from 'node:net'
import type { ClientConfig } from 'pg'
import type { ConnectOptions, DatabaseLogin, DatabaseSession } from '../databases.ts'
import { connectAs } from './connect-as.ts'
import { explainLogin, explainQuery } from './explain-failure.ts'
import { readTlsOptions } from './tls-options.ts'

/** CREATE DATABASE copies a template, on a slow disk for a while. */
const QUERY_TIMEOUT_MS = 120_000

/** One attempt, with or without TLS. */
export async function openSession(
  login: DatabaseLogin,
  encrypted: boolean,
  { timeoutMs, signal }: ConnectOptions,
): Promise<DatabaseSession> {
  signal.throwIfAborted()
  const { default: pg } = await import('pg')
  const ssl = encrypted ? await readTlsOptions(login) : false
  const socket = await connectSocket(login, signal)
  const client = new pg.Client({ ...settingsOf(login), ssl, stream: () => socket, connectionTimeoutMillis: timeoutMs })
  // Whoever waits for an answer is told by it; a connection that dies in between is told by the next query.
  client.on('error', () => undefined)
  const abort = () => void socket.destroy()
  signal.addEventListener('abort', abort, { once: true })
  const end = async () => {
    signal.removeEventListener('abort', abort)
    await client.end().catch(() => undefined)
  }
  try {
    await client.connect()
  } catch (error) {
    socket.destroy()
    await end()
    signal.throwIfAborted()
    throw explainLogin(error, login, encrypted)
  }
  return { query: (sql, values) => query(client, login, sql, values, signal), end }
}

/** What the driver is told in words. Everything has a value: else it looks it up in PGUSER, PGCLIENTENCODING and the like. */
function settingsOf({ host, port, user, database, password }: DatabaseLogin): ClientConfig {
  return {
    host,
    port,
    user,
    database,
    // As a function: an absent one would be looked up in PGPASSWORD and ~/.pgpass.
    password: () => password?.reveal() ?? '',
    sslnegotiation: 'postgres',
    // The driver reads whatever comes as UTF-8.
    client_encoding: 'UTF8',
    query_timeout: QUERY_TIMEOUT_MS,
    application_name: 'mlflow-setup',
    types: { getTypeParser: () => (value: string) => value },
  }
}

interface Queryable {
  query(sql: string, values?: string[]): Promise<{ rows: Record<string, string | null>[] }>
}

async function query(
  client: Queryable,
  login: DatabaseLogin,
  sql: string,
  values: readonly string[] | undefined,
  signal: AbortSignal,
): ReturnType<DatabaseSession['query']> {
  signal.throwIfAborted()
  try {
    const { rows } = await client.query(sql, values === undefined ? undefined : [...values])
    return rows
  } catch (error) {
    signal.throwIfAborted()
    throw explainQuery(error, login)
  }
}

/** The driver connects it, unless that was done for another user. */
async function connectSocket(login: DatabaseLogin, signal: AbortSignal): Promise<Socket> {
  if (login.as === undefined || login.as.uid === process.getuid?.()) return new Socket()
  try {
    return await connectAs(login.as, `${login.host}/.s.PGSQL.${login.port}`, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw explainLogin(error, login, false)
  }
}
