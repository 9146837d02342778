import { ExternalError, UserError } from '../../errors.ts'
import { renderPostgresAddress } from '../../formats/postgres-address.ts'
import { systemCode } from '../file-errors.ts'
import type { DatabaseLogin } from '../databases.ts'
import { explainCertificate } from './explain-certificate.ts'
import { buildWays, type Ways } from './ways.ts'

/** What is known when a login fails. */
interface Failure {
  readonly login: DatabaseLogin
  /** Whether the attempt was made with TLS. */
  readonly encrypted: boolean
  readonly error: unknown
  readonly ways: Ways
  /** `PostgreSQL at db.example:5432`, or the socket. */
  readonly server: string
}

type Explain = (failure: Failure) => UserError | ExternalError

/** Turns a failed login into one that names the server, the reason and the cure. */
export function explainLogin(error: unknown, login: DatabaseLogin, encrypted: boolean): unknown {
  if (error instanceof UserError || error instanceof ExternalError) return error
  const failure = { login, encrypted, error, ways: buildWays(login), server: renderPostgresAddress(login) }
  const explain = BY_STATE.get(systemCode(error)) ?? BY_SYSTEM.get(systemCode(error)) ?? byText(messageOf(error))
  return explain?.(failure) ?? explainCertificate(failure) ?? failed(error, `${failure.server} could not be used.`)
}

/** Turns a failed query into one that says what the server answered. */
export function explainQuery(error: unknown, login: DatabaseLogin): unknown {
  const server = renderPostgresAddress(login)
  if (systemCode(error) !== '42501') return failed(error, `${server} did not do what it was asked.`)
  return new UserError('database.no-right', `The role "${login.user}" of ${server} may not do this.`, {
    because: `It answered: ${messageOf(error)}.`,
    hint: { text: `Give a login that may create roles and databases: ${buildWays(login).admin}.` },
    cause: error,
  })
}

function failed(error: unknown, what: string): ExternalError {
  const text = messageOf(error)
  const because = text === '' ? 'It gave no reason.' : `It answered: ${text}.`
  return new ExternalError('database.failed', what, { because, cause: error })
}

/** By SQLSTATE, which a server says in every language. */
const BY_STATE = new Map<string, Explain>([
  ['28P01', wrongPassword],
  ['28000', notLetIn],
  ['3D000', missing],
  ['53300', tooManyConnections],
  ['57P03', starting],
  ['42501', noRightToConnect],
])

/** By what the system says when there is no connection. */
const BY_SYSTEM = new Map<string, Explain>([
  ['ECONNREFUSED', refused],
  ['ENOENT', refused],
  ['EACCES', socketClosed],
  ['EPERM', notRoot],
  ['ENOTFOUND', unknownHost],
  ['EAI_AGAIN', unknownHost],
  ['ETIMEDOUT', noAnswer],
  ['EHOSTUNREACH', noAnswer],
  ['ENETUNREACH', noAnswer],
  ['ECONNRESET', notPostgres],
])

/** By what the driver says for itself. */
function byText(text: string): Explain | undefined {
  if (text === 'timeout expired') return noAnswer
  if (text === 'The server does not support SSL connections') return noTls
  if (text === 'There was an error establishing an SSL connection') return notPostgres
  if (text.startsWith('Connection terminated')) return notPostgres
  if (/^SASL: .*client password must be/u.test(text)) return noPassword
  if (text.startsWith('SASL: ')) return notPostgres
  return undefined
}

function wrongPassword(failure: Failure): UserError {
  const { login, ways, server, error } = failure
  if (login.password === undefined) return noPassword(failure)
  return new UserError('database.wrong-password', `${server} refused the password of the role "${login.user}".`, {
    because: 'The password is wrong, or there is no such role: the server does not tell which.',
    hint: { text: `Correct ${ways.login}.` },
    cause: error,
  })
}

function noPassword({ login, ways, server, error }: Failure): UserError {
  return new UserError('database.no-password', `${server} asks the role "${login.user}" for a password.`, {
    because: 'None was given.',
    hint: { text: `Give it in ${ways.password}.` },
    cause: error,
  })
}

/** All of these are 28000; the function that raised it is the same in every language. */
function notLetIn(failure: Failure): UserError {
  const { login, ways, server, error, encrypted } = failure
  const { routine } = error instanceof Error && 'routine' in error ? error : { routine: undefined }
  if (routine === 'InitializeSessionUserId') return noRole(failure)
  if (routine === 'auth_failed') return otherIdentity(failure)
  const who = `the role "${login.user}" into the database "${login.database}"`
  if (!encrypted && login.sslMode === 'disable' && !login.host.startsWith('/')) {
    return new UserError('database.tls-wanted', `${server} does not let ${who} without TLS.`, {
      because: `It answered: ${messageOf(error)}.`,
      hint: { text: `Ask for TLS: ${ways.sslMode} require, or verify-full with ${ways.caFile}.` },
      cause: error,
    })
  }
  return new UserError('database.not-let-in', `${server} does not let ${who} from here.`, {
    because: `It answered: ${messageOf(error)}.`,
    hint: {
      text: 'Add a line for it to pg_hba.conf on the server, with the method scram-sha-256, and reload the server.',
    },
    cause: error,
  })
}

function noRole({ login, ways, server, error }: Failure): UserError {
  return new UserError('database.no-role', `${server} has no role "${login.user}" that may log in.`, {
    because: `It answered: ${messageOf(error)}.`,
    hint: { text: `Name another one with ${ways.user}.` },
    cause: error,
  })
}

/** Peer and ident: the server goes by the name of the system user instead of a password. */
function otherIdentity({ login, ways, server, error }: Failure): UserError {
  const hint =
    login.password === undefined
      ? `Give an administrator's address and password: ${ways.admin}.`
      : `Take its TCP port, where passwords count: ${ways.host} 127.0.0.1.`
  return new UserError('database.other-identity', `${server} did not take us for the role "${login.user}".`, {
    because: `It goes by the name of the system user here, not by a password: ${messageOf(error)}.`,
    hint: { text: hint },
    cause: error,
  })
}

function missing({ login, ways, server, error }: Failure): UserError {
  return new UserError('database.missing', `${server} has no database "${login.database}".`, {
    because: 'The login is right; the database is not there.',
    hint: { text: `Create it, or name another one with ${ways.database}.` },
    cause: error,
  })
}

function noRightToConnect({ login, ways, server, error }: Failure): UserError {
  const what = `The role "${login.user}" may not connect to the database "${login.database}" of ${server}.`
  return new UserError('database.closed', what, {
    because: 'It belongs to somebody else, who lets only some in.',
    hint: { text: `Name another one with ${ways.database}.` },
    cause: error,
  })
}

function tooManyConnections({ server, error }: Failure): ExternalError {
  return new ExternalError('database.too-many-connections', `${server} takes no more connections.`, {
    because: 'All that max_connections allows are in use.',
    hint: { text: 'End some, or raise max_connections (ALTER SYSTEM SET max_connections, then restart the server).' },
    cause: error,
  })
}

function starting({ server, error }: Failure): ExternalError {
  return new ExternalError('database.starting', `${server} is not ready yet.`, {
    because: 'It is starting up, shutting down or recovering.',
    hint: { text: 'Wait until it has finished, then run this again.' },
    cause: error,
  })
}

function refused({ login, ways, server, error }: Failure): UserError {
  const socket = login.host.startsWith('/')
  return new UserError('database.refused', `${server} does not answer.`, {
    because: socket ? 'There is no such socket, or nobody listens on it.' : 'Nothing listens on that port.',
    hint: { text: `Start the server, or correct ${ways.host} and ${ways.port}.` },
    cause: error,
  })
}

function socketClosed({ login, ways, server, error }: Failure): UserError {
  return new UserError('database.socket-closed', `${server} cannot be reached by this user.`, {
    because: `The folder ${login.host} or the socket in it is closed to it.`,
    hint: { text: `Take the TCP port instead: ${ways.host} 127.0.0.1.` },
    cause: error,
  })
}

function notRoot({ ways, server, error }: Failure): UserError {
  return new UserError('database.not-root', `Nobody but root may go to ${server} as another user of this machine.`, {
    because: 'This program was not started by root.',
    hint: { text: `Start it with sudo, or give an administrator's address and password: ${ways.admin}.` },
    cause: error,
  })
}

function unknownHost({ login, ways, error }: Failure): UserError {
  return new UserError('database.unknown-host', `No host is known by the name ${login.host}.`, {
    because: 'The name service has no address for it.',
    hint: { text: `Correct ${ways.host}. Special characters of a password in an address must be percent-encoded.` },
    cause: error,
  })
}

function noAnswer({ ways, server, error }: Failure): UserError {
  return new UserError('database.no-answer', `${server} does not answer.`, {
    because: 'Nothing came back in time: no route to that host, or a firewall in between.',
    hint: { text: `Correct ${ways.host} and ${ways.port}, or open the way to it.` },
    cause: error,
  })
}

function noTls({ ways, server, error }: Failure): UserError {
  return new UserError('database.no-tls', `${server} does not speak TLS.`, {
    because: 'Its setting "ssl" is off.',
    hint: { text: `Switch it on there, or go without on a network that you trust: ${ways.sslMode} disable.` },
    cause: error,
  })
}

function notPostgres({ ways, server, error }: Failure): ExternalError {
  return new ExternalError('database.not-postgres', `${server} ended the conversation.`, {
    because: 'What listens there is no PostgreSQL server, or something in between cut the connection.',
    hint: { text: `Look at its log, or correct ${ways.host} and ${ways.port}.` },
    cause: error,
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/u, '') : String(error)
}
