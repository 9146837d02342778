// In: the URL of a PostgreSQL server, which is a secret. Out: its parts; the password stays one.
import { UserError } from '../errors.ts'
import { Secret } from '../secret.ts'

/** What the URL says; what it leaves out is undefined. */
export interface ConnectionParts {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly user: string | undefined
  readonly password: Secret | undefined
  readonly database: string | undefined
  readonly sslMode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full' | undefined
  readonly caFile: string | undefined
}

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
const SHAPE = /^postgres(?:ql)?(?:\+\w+)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^@/?#]*))?(?:\?([^#]*))?$/u

/**
 * Reads `postgresql://user:password@host:port/database?sslmode=…` as libpq does, percent-encoded parts and
 * `?host=/var/run/postgresql` included. `name` is the variable that it came in.
 * Throws UserError `connection-url.…`, which never shows any of it.
 */
export function parseConnectionUrl(url: Secret, name: string): ConnectionParts {
  const match = SHAPE.exec(url.reveal().trim())
  if (match === null) throw notAUrl(url.reveal().trim(), name)
  const [, login = '', address = '', database = '', search = ''] = match
  const query = new Map(new URLSearchParams(search))
  const [user, password] = splitAt(login, ':')
  const [host, port] = splitAddress(address)
  const part = (key: string, inPlace: string | undefined) =>
    given(query.get(key)) ?? (inPlace === undefined ? undefined : given(decode(inPlace, name)))
  const secret = part('password', password)
  return {
    host: part('host', host),
    port: parsePort(part('port', port), name),
    user: part('user', user),
    password: secret === undefined ? undefined : new Secret(secret),
    database: part('dbname', database),
    sslMode: parseSslMode(query.get('sslmode'), name),
    caFile: given(query.get('sslrootcert')),
  }
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

function splitAt(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** `host:port`; an IPv6 address stands in brackets. */
function splitAddress(address: string): [string, string | undefined] {
  const [, inBrackets, port] = /^\[([^\]]*)\](?::(.*))?$/u.exec(address) ?? []
  return inBrackets === undefined ? splitAt(address, ':') : [inBrackets, port]
}

function decode(text: string, name: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unencoded(name)
  }
}

function parsePort(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const port = /^\d{1,5}$/u.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw unencoded(name)
  return port
}

function parseSslMode(text: string | undefined, name: string): ConnectionParts['sslMode'] {
  // libpq's `allow` tries without TLS first; nothing is lost when TLS is tried first.
  const wanted = text === 'allow' ? 'prefer' : text
  const mode = SSL_MODES.find((known) => known === wanted)
  if (mode !== undefined || text === undefined) return mode
  throw new UserError('connection-url.sslmode', `The sslmode in ${name} is not known.`, {
    because: `It is one of ${SSL_MODES.join(', ')}.`,
    hint: { text: `Correct ${name}.` },
  })
}

function notAUrl(text: string, name: string): UserError {
  if (/^postgres(?:ql)?(?:\+\w+)?:\/\//u.test(text)) return unencoded(name)
  return new UserError('connection-url.scheme', `${name} is not the address of a PostgreSQL server.`, {
    because: 'It does not begin with postgresql://.',
    hint: { text: 'Write it as postgresql://user:password@host:5432/postgres.' },
  })
}

function unencoded(name: string): UserError {
  return new UserError('connection-url.not-encoded', `${name} cannot be read as an address.`, {
    because: 'A part of it, often the password, has a character that means something else there.',
    hint: {
      text: 'Percent-encode them in user and password: @ is %40, : is %3A, / is %2F, ? is %3F, # is %23, % is %25.',
    },
  })
}
