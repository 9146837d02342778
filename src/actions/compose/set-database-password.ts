// In: the volume of a stack's own database, and the secret PGPASSWORD. Out: a role that has this password.
import { ExternalError, UserError } from '../../errors.ts'
import { quoteText } from '../../formats/postgres-quotes.ts'
import { renderScramVerifier } from '../../formats/scram.ts'
import { renderSecretLine } from '../../formats/secret-text.ts'
import type { Inspection } from '../../plan/plan.ts'
import { Secret } from '../../secret.ts'
import type { SetDatabasePasswordInput } from '../../targets/compose-actions.ts'
import type { ActionKindOf, ActionPorts, Progress } from '../action-kind.ts'
import { inspectContainers, variableOf, type Container } from './containers.ts'
import { checkMajorVersion } from './database-version.ts'
import { composeCommand, engineCommand, mustRun } from './engine-commands.ts'
import { inspectVolumes } from './volumes.ts'

const SERVICE = 'postgres'
/** A cluster that was killed reads its log first. */
const START_LIMIT_MS = 5 * 60_000
const TIME_LIMIT_MS = 30_000

/** By its name, as others log in: from 127.0.0.1 and through the socket the server lets everybody in. */
const LOGIN = `IFS= read -r PGPASSWORD; export PGPASSWORD; exec psql --no-psqlrc --no-password --quiet --host ${SERVICE} --username "$1" --dbname "$2" --command 'select 1'`
const CHANGE = 'exec psql --no-psqlrc --no-password --quiet --set ON_ERROR_STOP=1 --username "$1" --dbname "$2"'

/**
 * PostgreSQL's image takes POSTGRES_PASSWORD while its volume is empty, and never again. Whoever edits it in `.env`, or had to
 * make a new `.env`, means the database too. Throws UserError `database.other-major` and `database.other-role` before anything starts.
 */
export const setDatabasePassword: ActionKindOf<SetDatabasePasswordInput> = { inspect, apply }

async function inspect(input: SetDatabasePasswordInput, ports: ActionPorts, signal: AbortSignal): Promise<Inspection> {
  const [volumes, container] = await Promise.all([
    inspectVolumes([input.volume], ports, signal),
    findContainer(input, ports, signal),
  ])
  if (volumes.length === 0) return { effect: 'unchanged', why: 'the image sets it' }
  if (container !== undefined) refuseOtherRole(input, container)
  if (!(await checkMajorVersion(input, container, ports, signal)))
    return { effect: 'update', why: 'looked at when its image is there' }
  if (container === undefined) return { effect: 'update', why: 'tried when the database runs' }
  const isSame =
    container.status === 'running'
      ? (await tryLogin(input, container, ports, signal)) !== 'refused'
      : secretOf(ports).equals(new Secret(variableOf(container, 'POSTGRES_PASSWORD') ?? ''))
  return isSame ? { effect: 'unchanged', why: 'as .env has it' } : { effect: 'update', why: '.env has another one' }
}

/** With the container that is there, so that a run that is killed finds the old password in it, and sets the new one again. */
async function apply(
  input: SetDatabasePasswordInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await checkMajorVersion(input, await findContainer(input, ports, signal), ports, signal)
  progress('starting the database')
  const up = ['up', '--detach', '--wait', '--no-deps', '--no-recreate', '--no-build', '--quiet-pull', SERVICE]
  const command = composeCommand(input.stackDirectory, up, ports.env)
  await mustRun(command, { timeoutMs: START_LIMIT_MS, signal }, ports, 'The database could not be started.')
  const container = await findContainer(input, ports, signal)
  if (container === undefined) throw new Error('Compose has started the database, and there is no container of it')
  if ((await tryLogin(input, container, ports, signal)) === 'let in') return progress('as .env has it')
  await setPassword(input, container, ports, signal)
  if ((await tryLogin(input, container, ports, signal)) === 'refused') throw stillRefused(input)
  progress('set')
}

async function findContainer(
  { stackName }: SetDatabasePasswordInput,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<Container | undefined> {
  return (await inspectContainers(stackName, ports, signal)).find(({ service }) => service === SERVICE)
}

/** What the image takes for its empty volume only, as the password; but a role is not changed by anybody. */
function refuseOtherRole({ user, database, volume }: SetDatabasePasswordInput, container: Container): void {
  const [oldUser = user, oldDatabase = database] = ['POSTGRES_USER', 'POSTGRES_DB'].map((name) =>
    variableOf(container, name),
  )
  if (oldUser === user && oldDatabase === database) return
  throw new UserError(
    'database.other-role',
    `The volume ${volume} has the database ${oldDatabase} of ${oldUser}, and not ${database} of ${user}. Nothing was changed.`,
    {
      because: 'The image of PostgreSQL makes role and database while its volume is empty, and none later.',
      hint: {
        text: `Put them back under backendStore in mlflow-setup.yaml: database: ${oldDatabase}, user: ${oldUser}.`,
      },
    },
  )
}

/** `unknown`: something else is wrong, which others tell better. */
async function tryLogin(
  input: SetDatabasePasswordInput,
  container: Container,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<'let in' | 'refused' | 'unknown'> {
  const options = { timeoutMs: TIME_LIMIT_MS, signal, input: renderSecretLine(secretOf(ports)) }
  const { exitCode, stderr } = await ports.commands.run(inside(container, LOGIN, input, ports), options)
  if (exitCode === 0) return 'let in'
  return /password authentication failed/iu.test(stderr) ? 'refused' : 'unknown'
}

/** The server gets a verifier, never the password, and that on standard input. */
async function setPassword(
  input: SetDatabasePasswordInput,
  container: Container,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const verifier = renderScramVerifier(secretOf(ports), crypto.getRandomValues(new Uint8Array(16)))
  const statement = `ALTER ROLE CURRENT_USER PASSWORD ${quoteText(verifier)};\n`
  const options = { timeoutMs: TIME_LIMIT_MS, signal, input: statement }
  const result = await ports.commands.run(inside(container, CHANGE, input, ports), options)
  if (result.exitCode === 0) return
  throw new ExternalError('database.password-not-set', `The password of ${input.user} could not be set.`, {
    because: `The database in the volume ${input.volume} says why.`,
    hint: { text: 'Mend what it names, then go on:', command: 'mlflow-setup apply' },
    exitCode: result.exitCode,
    lastLines: result.stderr.trim().split('\n').slice(-5),
  })
}

function inside(
  container: Container,
  script: string,
  { user, database }: SetDatabasePasswordInput,
  { env }: ActionPorts,
) {
  return engineCommand(['exec', '--interactive', container.id, 'sh', '-c', script, 'sh', user, database], env)
}

function stillRefused({ user, volume }: SetDatabasePasswordInput): ExternalError {
  return new ExternalError('database.password-not-set', `The database does not let ${user} in with its new password.`, {
    because: `pg_hba.conf in the volume ${volume} may ask for another kind of login.`,
    hint: { text: 'Its log says more.', command: `mlflow-setup logs ${SERVICE}` },
  })
}

function secretOf({ secrets }: Pick<ActionPorts, 'secrets'>): Secret {
  const secret = secrets['PGPASSWORD']
  if (secret === undefined) throw new Error('a database without PGPASSWORD')
  return secret
}
