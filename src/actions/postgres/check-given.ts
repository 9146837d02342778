// In: the wanted role and databases. Out: nothing, or the error that says what can never work, whatever the server says.
import { UserError } from '../../errors.ts'
import { renderPostgresAddress } from '../../formats/postgres-address.ts'
import { SYSTEM_ROOT_FILES } from '../../formats/system-roots.ts'
import type { Files } from '../../ports/files.ts'
import type { CreateDatabaseInput } from '../../targets/action.ts'

/** Throws UserError `database.…` before anybody is asked. */
export async function checkGiven(input: CreateDatabaseInput, ports: { readonly files: Files }): Promise<void> {
  checkNames(input)
  await checkRoots(input, ports)
}

/**
 * MLflow's driver (psycopg2-binary) brings an OpenSSL along that looks for the system's roots where its makers had
 * theirs: `sslrootcert=system` finds none.
 */
async function checkRoots({ server }: CreateDatabaseInput, { files }: { readonly files: Files }): Promise<void> {
  const { sslMode, caFile, host } = server
  if ((sslMode !== 'verify-ca' && sslMode !== 'verify-full') || caFile !== undefined || host.startsWith('/')) return
  const there = await Promise.all(SYSTEM_ROOT_FILES.map((path) => files.stat(path)))
  const roots = SYSTEM_ROOT_FILES.find((_, at) => there[at] !== undefined) ?? '/path/to/root.pem'
  throw new UserError('database.ca-file', `${sslMode} needs the certificates to trust, as a file.`, {
    because: "MLflow's driver for PostgreSQL does not find those of the system by itself.",
    hint: { text: `Name the file: --postgres-ca-file ${roots}` },
  })
}

/** A login names role and database in bytes, before any encoding is agreed on. */
export function checkLetters({ server, user, databases }: CreateDatabaseInput, encoding: string): void {
  const odd = [user, ...databases].find((name) => /\P{ASCII}/u.test(name))
  if (odd === undefined || encoding === 'UTF8' || encoding === 'SQL_ASCII') return
  throw new UserError(
    'database.name-letters',
    `${renderPostgresAddress(server)} would not find the name "${odd}" again.`,
    {
      because: `It keeps names in ${encoding}, and they come to it in UTF-8.`,
      hint: { text: 'Give one of plain letters and digits with --postgres-database or --postgres-user.' },
    },
  )
}

/** PostgreSQL cuts longer names off without a word. */
function checkNames({ user, databases, managed, admin }: CreateDatabaseInput): void {
  const long = [user, ...databases].find((name) => Buffer.byteLength(name) > 63)
  if (long !== undefined) {
    throw new UserError('database.name-too-long', `The name "${long}" is too long for PostgreSQL.`, {
      because: `It has ${Buffer.byteLength(long)} bytes, and 63 are allowed.`,
      hint: { text: 'Give a shorter one with --postgres-database or --postgres-user.' },
    })
  }
  if (managed && admin.kind === 'peer' && admin.user === user) {
    throw new UserError('database.superuser', `MLflow cannot be the superuser "${user}" of its own cluster.`, {
      because: 'That name belongs to whoever looks after the cluster.',
      hint: { text: 'Give another one with --postgres-user.' },
    })
  }
}
