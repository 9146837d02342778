// In: nothing. Out: what names must look like, for questions and for the spec alike.
import { bareHost } from '../formats/host-name.ts'

/** `fault` goes on after a name that does not fit: `is not …`. */
export interface NameForm {
  readonly pattern: RegExp
  readonly fault: string
}

/** Of a stack: units, files and a database are called by it. */
export const STACK_NAME: NameForm = {
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  fault: 'is not a name: use lower-case letters, digits and dashes, a letter first',
}
export const LONGEST_STACK_NAME = 40

/** Of a system user, as useradd takes it everywhere. */
export const SYSTEM_USER: NameForm = {
  pattern: /^[a-z_][a-z0-9_-]{0,31}$/,
  fault: 'is not the name of a user: small letters, digits, dashes and underscores',
}

/** Of the first user: a colon ends it when it is sent, and `#` begins a comment in nginx's password file. */
export const LOGIN_NAME: NameForm = {
  pattern: /^[^\s:#\p{Cc}][^\s:\p{Cc}]{0,63}$/u,
  fault: 'is not a name: up to 64 characters, without spaces and colons, and no # first',
}

/** Of a region: AWS and others have no further rule. */
export const REGION: NameForm = { pattern: /^[A-Za-z0-9-]+$/, fault: 'is not a region such as eu-central-1' }

/** Of MLflow: one version and no range. */
export const EXACT_VERSION: NameForm = {
  pattern: /^\d+\.\d+\.\d+((rc|\.post)\d+)?$/,
  fault: 'is not an exact version such as 3.17.2',
}

/** Of the database that MLflow's own login has beside that of runs. */
export const AUTH_DATABASE_ENDING = '_auth'

/** What PostgreSQL does not cut off, in bytes. */
const POSTGRES_BYTES = 63

/** Why PostgreSQL takes no database of that name, and of those with the ending, or undefined; goes on after the value. */
export function whyNotDatabaseName(name: string, ending = ''): string | undefined {
  const most = POSTGRES_BYTES - Buffer.byteLength(ending)
  if (Buffer.byteLength(name) <= most) return undefined
  const beside = ending === '' ? '' : ` less the ${ending} of the one beside it`
  return `is longer than the ${POSTGRES_BYTES} bytes that PostgreSQL takes${beside}`
}

/** Why PostgreSQL takes no role of that name, or undefined; goes on after the value. */
export function whyNotRoleName(name: string): string | undefined {
  if (name.startsWith('pg_') || name === 'public' || name === 'none')
    return 'is a name that PostgreSQL keeps for itself'
  return whyNotDatabaseName(name)
}

/** Why PostgreSQL is at no such place (a name, an address with or without brackets, the folder of a socket), or undefined. */
export function whyNotDatabaseHost(value: string): string | undefined {
  if (value.includes('://')) return 'is an address; name the host alone, or give it in --backend-store'
  if (value.includes('@')) return 'has a login in it; name the host alone'
  if (value.startsWith('/'))
    return /\/\.s\.PGSQL\.\d+$/.test(value) ? 'is the socket itself; name the folder that it is in' : undefined
  if (/^([^:]+|\[.*\]):\d+$/.test(value)) return 'has a port in it; give that in --postgres-port'
  if (value.includes(',')) return 'names more than one host; take the one that may write'
  const isName = /^[A-Za-z0-9_.-]+$/.test(value)
  const isAddress = URL.canParse(`http://[${bareHost(value)}]`)
  return isName || isAddress ? undefined : 'is not a host name'
}
