// In: a PostgreSQL server. Out: the role, and the databases that it owns.
import { ExternalError } from '../errors.ts'
import { renderPostgresAddress } from '../formats/postgres-address.ts'
import type { Inspection } from '../plan/plan.ts'
import type { CreateDatabaseInput } from '../targets/action.ts'
import type { ActionKindOf, ActionPorts, Progress } from './action-kind.ts'
import { asAdmin, asRole } from './postgres/logins.ts'
import { lookAtServer, type ServerState } from './postgres/look-at-server.ts'
import { closeDatabase, createDatabase as make, createRole, setRolePassword } from './postgres/make-database.ts'

/** A cluster that was just started may first have to recover from a crash. */
const START_LIMIT_MS = 60_000
const POLL_MS = 200

/** What is there is never altered, but for the role's password in a cluster of the stack's own. */
export const createDatabase: ActionKindOf<CreateDatabaseInput> = {
  inspect: async (input, ports, signal) => describe(input, await lookAtServer(input, ports, signal)),
  apply,
}

function describe({ user }: CreateDatabaseInput, state: ServerState): Inspection {
  const [missing] = state.missing
  if (state.server === 'absent') return { effect: 'create', why: 'the cluster is not running yet' }
  if (state.role === 'missing') return { effect: 'create', why: `no role ${user} yet` }
  if (missing !== undefined) return { effect: 'create', why: `no database ${missing} yet` }
  if (state.role === 'other-password') return { effect: 'update', why: `the password of ${user} changes` }
  const [open] = state.open
  if (open !== undefined) return { effect: 'update', why: `everybody may connect to ${open}` }
  return { effect: 'unchanged', why: 'as wanted' }
}

async function apply(
  input: CreateDatabaseInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const state = await lookWhenRunning(input, ports, progress, signal)
  const { user } = input
  if (state.role !== 'there' || state.missing.length > 0) {
    await asAdmin(input, ports, signal, async (session) => {
      const password = ports.secrets['PGPASSWORD']
      if (password === undefined) throw new Error('the stack has no password for its database')
      if (state.role === 'missing') progress(`role ${user}`)
      if (state.role === 'missing') await createRole(session, user, password)
      if (state.role === 'other-password') await setRolePassword(session, user, password)
      for (const database of state.missing) {
        progress(`database ${database}`)
        await make(session, user, database)
      }
    })
  }
  // As its owner: whoever made it may not.
  const made = await lookAtServer(input, ports, signal)
  for (const database of made.open)
    await asRole(input, database, ports, signal, (session) => closeDatabase(session, database))
  progress(`${input.databases.join(' and ')}, owned by ${user}`)
}

async function lookWhenRunning(
  input: CreateDatabaseInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<ServerState> {
  const limit = ports.clock.monotonic() + START_LIMIT_MS
  for (;;) {
    const state = await lookAtServer(input, ports, signal)
    if (state.server === 'running') return state
    if (ports.clock.monotonic() > limit) throw notRunning(input)
    progress('waiting for the server')
    await ports.clock.sleep(POLL_MS, signal)
  }
}

function notRunning({ server }: CreateDatabaseInput): ExternalError {
  return new ExternalError('database.not-running', `${renderPostgresAddress(server)} does not run.`, {
    because: `It took no connection for ${START_LIMIT_MS / 1000} s.`,
    hint: { text: 'Its log says why.', command: 'mlflow-setup logs postgresql' },
  })
}
