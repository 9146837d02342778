// In: a session, and the connections that a stack may open. Out: nothing, or the error that says that the server has too few.
import { UserError } from '../../errors.ts'
import { renderPostgresAddress } from '../../formats/postgres-address.ts'
import type { DatabaseSession } from '../../ports/databases.ts'
import type { CreateDatabaseInput } from '../../targets/action.ts'

/** Those that PostgreSQL keeps for superusers, and since 16 for another circle, are not MLflow's. */
const LIMITS = `
  select current_setting('max_connections')::int as all,
    current_setting('superuser_reserved_connections')::int
      + coalesce(current_setting('reserved_connections', true), '0')::int as reserved,
    (select rolconnlimit from pg_roles where rolname = $1) as role,
    (select count(*) from pg_stat_activity where datname is not null and usename <> $1) as others`

/** Throws UserError `database.too-few-connections` when the server could never give as many as MLflow may open. */
export async function checkConnections(session: DatabaseSession, input: CreateDatabaseInput): Promise<void> {
  // A cluster of the stack's own is sized with it; when the size changes, it has yet to be started again.
  if (input.managed) return
  const { free, reserved, role } = await readLimits(session, input)
  if (free < input.connections) throw tooFew(input, free, input.connections + reserved, '')
  if (role >= 0 && role < input.connections) throw roleLimit(input, role)
}

/** The same before anything is made, with what others have open now. Later that would only depend on the moment. */
export async function checkFreeConnections(session: DatabaseSession, input: CreateDatabaseInput): Promise<void> {
  if (input.managed) return
  await checkConnections(session, input)
  const { free, reserved, others } = await readLimits(session, input)
  const needed = input.connections + others
  if (free < needed) throw tooFew(input, free - others, needed + reserved, `, beside ${others} that others have open`)
}

async function readLimits(session: DatabaseSession, { user }: CreateDatabaseInput) {
  const [row = {}] = await session.query(LIMITS, [user])
  const number = (name: string) => Number(row[name] ?? -1)
  const reserved = number('reserved')
  return { free: number('all') - reserved, reserved, role: number('role'), others: number('others') }
}

function tooFew({ server, connections }: CreateDatabaseInput, free: number, wanted: number, beside: string): UserError {
  const what = `${renderPostgresAddress(server)} has too few connections: ${free} for MLflow${beside}.`
  return new UserError('database.too-few-connections', what, {
    because: `The workers of this stack may open ${connections} together.`,
    hint: {
      text: `Take fewer workers with --workers, or raise the limit: ALTER SYSTEM SET max_connections = ${roundUp(wanted)}, then restart the server.`,
    },
  })
}

function roleLimit({ server, user, connections }: CreateDatabaseInput, limit: number): UserError {
  const what = `The role "${user}" of ${renderPostgresAddress(server)} may open ${limit} connections only.`
  return new UserError('database.too-few-connections', what, {
    because: `The workers of this stack may open ${connections} together.`,
    hint: { text: `Take fewer workers with --workers, or run ALTER ROLE … CONNECTION LIMIT ${connections}.` },
  })
}

function roundUp(connections: number): number {
  return Math.ceil(connections / 10) * 10
}
