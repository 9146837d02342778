// In: a directory and the programs of PostgreSQL. Out: a cluster there.
import { basename, dirname, join } from 'node:path'
import { ExternalError, UserError } from '../errors.ts'
import type { CommandResult } from '../ports/commands.ts'
import type { Owner } from '../ports/files.ts'
import type { Inspection } from '../plan/plan.ts'
import type { CreateClusterInput } from '../targets/action.ts'
import { findAccount, requireAccount } from './accounts.ts'
import type { ActionKindOf, ActionPorts, Progress } from './action-kind.ts'

const LIMIT_MS = 120_000
/** What the smallest system allows for the path of a socket (macOS; Linux has 107), and what PostgreSQL adds to its folder. */
const SOCKET_BYTES = 103
const SOCKET_NAME = '/.s.PGSQL.5432'
/** Sorts by bytes, which no update of the system changes, and knows the letters of all languages. */
const LOCALE = ['--locale=C', '--lc-ctype=C.UTF-8']

/** A cluster is made beside its place and renamed when it is complete. */
export const createCluster: ActionKindOf<CreateClusterInput> = { inspect, apply }

async function inspect(input: CreateClusterInput, ports: ActionPorts, signal: AbortSignal): Promise<Inspection> {
  checkSocket(input)
  const [major, there] = await Promise.all([askMajor(input, ports, signal), readMajor(input, ports)])
  if (there === undefined) return { effect: 'create', why: 'not there yet' }
  if (there !== major) throw otherMajor(input, there, major)
  await checkOwner(input, ports, signal)
  return { effect: 'unchanged', why: `of PostgreSQL ${there}` }
}

async function apply(
  input: CreateClusterInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { files } = ports
  if ((await readMajor(input, ports)) !== undefined) return
  const owner = await requireAccount(input.owner, ports, signal)
  await removeDrafts(input, ports, signal)
  progress('making files')
  const draft = `${input.directory}.${ports.random.hex(8)}.draft`
  await files.makeDirectory(draft, { mode: 0o700 })
  if (owner !== undefined) await files.changeOwner(draft, owner)
  await initialise(input, draft, owner, ports, signal)
  await nameSuperuser(input, draft, owner, ports, signal)
  await files.rename(draft, input.directory)
  progress(`PostgreSQL ${(await readMajor(input, ports)) ?? ''}`)
}

/** Those of runs that were killed. By rm, which no link that their owner puts in its way leads out of them. */
async function removeDrafts({ directory }: CreateClusterInput, ports: ActionPorts, signal: AbortSignal): Promise<void> {
  const folder = dirname(directory)
  const drafts = (await ports.files.list(folder)).filter(
    (name) => name.startsWith(`${basename(directory)}.`) && name.endsWith('.draft'),
  )
  if (drafts.length === 0) return
  const result = await run(['rm', '-rf', '--', ...drafts.map((name) => join(folder, name))], {}, ports, signal)
  if (result.exitCode !== 0) throw notMade('rm', result)
}

async function initialise(
  { programs, superuser }: CreateClusterInput,
  draft: string,
  owner: Owner | undefined,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const initdb = [join(programs, 'initdb'), '-D', draft, `--username=${superuser}`]
  const kept = ['--encoding=UTF8', '--data-checksums', '--auth-local=peer', '--auth-host=scram-sha-256']
  let result = await run([...initdb, ...kept, ...LOCALE], { owner }, ports, signal)
  // An older macOS, or a small container: letters beyond ASCII are then not matched without regard to case.
  if (result.exitCode !== 0 && result.stderr.includes('invalid locale name'))
    result = await run([...initdb, ...kept, '--locale=C'], { owner }, ports, signal)
  if (result.exitCode !== 0) throw notMade('initdb', result)
}

/**
 * The server asks the system who comes through its socket; the owner of the cluster is its superuser under any name.
 * Written by the owner: a file of root's in a folder of others could be led elsewhere by a link.
 */
async function nameSuperuser(
  { superuser, owner: user }: CreateClusterInput,
  draft: string,
  owner: Owner | undefined,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const name = user ?? (await askOwnName(ports, signal))
  const input = `# The system user that is the superuser: pg_hba.conf names this map.\nowner "${name}" ${superuser}\n`
  const result = await run(['tee', join(draft, 'pg_ident.conf')], { owner, input }, ports, signal)
  if (result.exitCode !== 0) throw notMade('tee', result)
}

/** As the owner of the cluster, where it is not whoever runs this program. */
function run(
  [file = '', ...args]: readonly string[],
  { owner, input }: { readonly owner?: Owner | undefined; readonly input?: string },
  { commands, env }: ActionPorts,
  signal: AbortSignal,
): Promise<CommandResult> {
  const as = owner === undefined ? {} : { as: owner }
  const command = { file, args, cwd: '/', env: { PATH: env['PATH'] ?? '' }, ...as }
  return commands.run(command, { timeoutMs: LIMIT_MS, signal, ...(input === undefined ? {} : { input }) })
}

async function askOwnName(ports: ActionPorts, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout } = await run(['id', '-un'], {}, ports, signal)
  if (exitCode === 0) return stdout.trim()
  throw new ExternalError('cluster.no-name', 'This user has no name on this machine.', {
    because: 'PostgreSQL knows the owner of a cluster by name.',
    hint: { text: 'Run this as a user that is in the list of users (id -un says the name).' },
  })
}

async function askMajor({ programs }: CreateClusterInput, ports: ActionPorts, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout } = await run([join(programs, 'postgres'), '--version'], {}, ports, signal)
  const major = exitCode === 0 ? /\(PostgreSQL\) (\d+)/u.exec(stdout)?.[1] : undefined
  if (major !== undefined) return major
  throw new UserError('cluster.no-programs', `${programs} has no PostgreSQL server that runs.`, {
    because: 'The program "postgres" in it is missing or does not start.',
    hint: { text: 'Install the server of your distribution (the package postgresql), or name another folder.' },
  })
}

/** Undefined where there is nothing yet. Throws for a directory that holds something else. */
async function readMajor({ directory }: CreateClusterInput, { files }: ActionPorts): Promise<string | undefined> {
  const version = (await files.readText(join(directory, 'PG_VERSION')))?.trim()
  if (version !== undefined) return version
  const names = await files.list(directory)
  if (names.length === 0) return undefined
  throw new UserError('cluster.other-files', `${directory} is there and is no PostgreSQL cluster.`, {
    because: `It holds ${names.slice(0, 3).join(', ')}, and no PG_VERSION.`,
    hint: { text: 'Move them away; the cluster is made in an empty place.' },
  })
}

async function checkOwner(
  { directory, owner }: CreateClusterInput,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const wanted = owner === undefined ? undefined : await findAccount(owner, ports, signal)
  const found = await ports.files.stat(directory)
  if (wanted === undefined || found === undefined || found.uid === wanted.uid) return
  throw new UserError('cluster.other-owner', `${directory} does not belong to the user ${owner ?? ''}.`, {
    because: 'PostgreSQL starts only for the owner of its data.',
    hint: { text: 'Give it back.', command: `chown -R ${owner ?? ''} ${directory}` },
  })
}

function checkSocket({ socketFolder }: CreateClusterInput): void {
  const excess = Buffer.byteLength(socketFolder + SOCKET_NAME) - SOCKET_BYTES
  if (excess <= 0) return
  throw new UserError('cluster.long-path', 'The stack directory has too long a path for a database of its own.', {
    because: `The socket ${socketFolder}${SOCKET_NAME} would be ${excess} bytes longer than systems allow (${SOCKET_BYTES}).`,
    hint: { text: `Choose a directory whose path is ${excess} bytes shorter.` },
  })
}

function otherMajor({ directory, programs }: CreateClusterInput, there: string, major: string): UserError {
  return new UserError('cluster.other-major', `The cluster in ${directory} is of PostgreSQL ${there}.`, {
    because: `The programs in ${programs} are of PostgreSQL ${major}, and read no other version's data.`,
    hint: { text: `Install PostgreSQL ${there} again and apply, or move the data with pg_dump or pg_upgrade.` },
  })
}

function notMade(source: string, { exitCode, timedOut, stdout, stderr }: CommandResult): ExternalError {
  return new ExternalError('cluster.not-made', 'PostgreSQL could not make its cluster.', {
    exitCode,
    because: timedOut ? `It took longer than ${LIMIT_MS / 1000} s.` : 'Its last lines say more.',
    hint: { text: 'Mend what they name, then go on.', command: 'mlflow-setup apply' },
    source,
    lastLines: `${stdout}${stderr}`.trimEnd().split('\n').slice(-12),
  })
}
