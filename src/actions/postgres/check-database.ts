// In: a session in a database. Out: what is in it, or the error that says why MLflow cannot have it.
import { UserError } from '../../errors.ts'
import { renderPostgresAddress } from '../../formats/postgres-address.ts'
import type { DatabaseSession } from '../../ports/databases.ts'
import type { RoleLogin } from './logins.ts'

/** Tables that every MLflow has had since it has a database, and those of its own login. */
const OF_MLFLOW: readonly (readonly string[])[] = [
  ['experiments', 'runs', 'metrics'],
  ['alembic_version_auth'],
  ['users', 'experiment_permissions'],
]

const FACTS = `
  select pg_get_userbyid(datdba) as owner, pg_encoding_to_char(encoding) as encoding, current_schema() as schema,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as writable,
    exists(select from aclexplode(coalesce(datacl, acldefault('d', datdba))) where grantee = 0) as public
  from pg_database where datname = current_database()`

/** What somebody made there, without what belongs to extensions. */
const TABLES = `
  select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (select from pg_depend d
      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  order by 1`

export interface DatabaseFound {
  /** Whether it is the role's, empty, and everybody may still connect to it. */
  readonly open: boolean
}

/** Throws UserError `database.…` for one that is not MLflow's, or that it cannot use. */
export async function checkDatabase(
  session: DatabaseSession,
  { server, user }: RoleLogin,
  database: string,
): Promise<DatabaseFound> {
  const [facts = {}] = await session.query(FACTS)
  const where = `The database "${database}" of ${renderPostgresAddress(server)}`
  if (facts['encoding'] !== 'UTF8') throw otherEncoding(where, facts['encoding'] ?? 'none')
  const names = (await session.query(TABLES)).map(({ name }) => name ?? '')
  const empty = names.every((name) => name.startsWith('alembic_'))
  if (!empty && !isOfMlflow(names)) throw otherTables(where, names)
  if (facts['writable'] !== 't')
    throw notWritable(where, user, facts['owner'] ?? 'nobody', facts['schema'] ?? undefined)
  return { open: empty && facts['owner'] === user && facts['public'] === 't' }
}

function isOfMlflow(names: readonly string[]): boolean {
  return OF_MLFLOW.some((tables) => tables.every((table) => names.includes(table)))
}

function otherEncoding(where: string, encoding: string): UserError {
  return new UserError('database.encoding', `${where} does not store text as UTF8.`, {
    because: `Its encoding is ${encoding}, and cannot be changed.`,
    hint: { text: 'Name another one with --postgres-database; it is made with the right one.' },
  })
}

function otherTables(where: string, names: readonly string[]): UserError {
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '')
  return new UserError('database.other-tables', `${where} holds tables that are not MLflow's.`, {
    because: `They are ${shown}.`,
    hint: { text: 'Name an empty or new one with --postgres-database.' },
  })
}

function notWritable(where: string, user: string, owner: string, schema: string | undefined): UserError {
  return new UserError('database.owned-by-other', `${where} lets the role "${user}" make no tables.`, {
    because:
      schema === undefined
        ? 'Its search_path names no schema that is there.'
        : `It belongs to the role "${owner}", and the right CREATE on its schema "${schema}" was given to others only.`,
    hint: { text: `Let an administrator run ALTER DATABASE … OWNER TO, or name another one with --postgres-database.` },
  })
}
