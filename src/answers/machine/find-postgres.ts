// In: the ports. Out: FoundPostgres, the programs and the running servers of this machine.
import { basename, dirname, join } from 'node:path'
import type { Commands } from '../../ports/commands.ts'
import type { Files } from '../../ports/files.ts'
import type { Processes } from '../../ports/processes.ts'
import type { FoundPostgres, PostgresPrograms, PostgresSocket } from '../machine.ts'
import { isProgram, searchPath } from './find-program.ts'

interface Ports {
  readonly files: Pick<Files, 'stat' | 'list' | 'realPath'>
  readonly commands: Pick<Commands, 'run'>
  readonly processes: Pick<Processes, 'takesConnections'>
  readonly env: Readonly<Record<string, string>>
}

/** Older ones get no fixes, and MLflow is not tested with them. */
const OLDEST_MAJOR = 13
/** `postgres --version` takes a few milliseconds. */
const TIME_LIMIT_MS = 2000

/** Where packages put each major version: `{}` stands for its number. */
const VERSIONED = [
  ['/usr/lib/postgresql', '{}/bin'],
  ['/usr', 'pgsql-{}/bin'],
  ['/usr/lib', 'postgresql{}/bin'],
  ['/opt/homebrew/opt', 'postgresql@{}/bin'],
  ['/usr/local/opt', 'postgresql@{}/bin'],
  ['/Library/PostgreSQL', '{}/bin'],
] as const

/** Debian and Red Hat, and PostgreSQL's own default. */
const SOCKET_FOLDERS = ['/var/run/postgresql', '/run/postgresql', '/tmp']

/** What this machine has of PostgreSQL. Nothing that is missing is an error. Throws the signal's reason when aborted. */
export async function findPostgres(ports: Ports, signal: AbortSignal): Promise<FoundPostgres> {
  const [programs, sockets] = await Promise.all([findPrograms(ports, signal), findSockets(ports)])
  return { programs, sockets }
}

async function findPrograms(ports: Ports, signal: AbortSignal): Promise<readonly PostgresPrograms[]> {
  const versioned = await Promise.all(VERSIONED.map(([folder, name]) => versionsIn(folder, name, ports.files)))
  const onPath = await Promise.all(searchPath(ports.env).map((directory) => realFolder(directory, ports)))
  const folders = [...versioned, ...onPath].flat()
  const found = await Promise.all([...new Set(folders)].map((folder) => askPrograms(folder, ports, signal)))
  return found
    .filter((programs) => programs !== undefined)
    .filter(({ major }) => major >= OLDEST_MAJOR)
    .toSorted((one, other) => other.major - one.major)
}

async function versionsIn(folder: string, name: string, files: Ports['files']): Promise<readonly string[]> {
  const [first = '', ...rest] = name.split('/')
  const [before = '', after = ''] = first.split('{}')
  const names = await files.list(folder).catch(() => [])
  return names
    .filter(
      (entry) => entry.startsWith(before) && /^\d+$/u.test(entry.slice(before.length, entry.length - after.length)),
    )
    .map((entry) => join(folder, entry, ...rest))
}

/** PATH may name a link to the programs, or to a wrapper that has nothing else beside it. */
async function realFolder(directory: string, { files }: Ports): Promise<readonly string[]> {
  const program = await files.realPath(join(directory, 'initdb')).catch(() => undefined)
  return program === undefined || basename(program) !== 'initdb' ? [] : [dirname(program)]
}

async function askPrograms(
  directory: string,
  { files, commands, env }: Ports,
  signal: AbortSignal,
): Promise<PostgresPrograms | undefined> {
  const [postgres, initdb] = [join(directory, 'postgres'), join(directory, 'initdb')]
  const there = await Promise.all([isProgram(files, postgres), isProgram(files, initdb)])
  if (there.includes(false)) return undefined
  const command = { file: postgres, args: ['--version'], cwd: '/', env: { PATH: env['PATH'] ?? '' } }
  const { exitCode, stdout } = await commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  const major = exitCode === 0 ? parseMajor(stdout) : undefined
  return major === undefined ? undefined : { directory, major }
}

/** `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`, also `18beta1`. */
function parseMajor(text: string): number | undefined {
  const [, major] = /\(PostgreSQL\) (\d+)/u.exec(text) ?? []
  return major === undefined ? undefined : Number(major)
}

/** A socket may be left over from a server that was killed: it counts when somebody answers. */
async function findSockets({ files, processes }: Ports): Promise<readonly PostgresSocket[]> {
  const folders = await Promise.all(SOCKET_FOLDERS.map((folder) => files.realPath(folder).catch(() => undefined)))
  // The first name of a folder that has two is the one that people know.
  const distinct = SOCKET_FOLDERS.filter((_, at) => folders[at] !== undefined && folders.indexOf(folders[at]) === at)
  const found = await Promise.all(
    distinct.map(async (directory) => {
      const names = await files.list(directory).catch(() => [])
      const ports = names.flatMap((name) => /^\.s\.PGSQL\.(\d+)$/u.exec(name)?.[1] ?? []).map(Number)
      const answers = await Promise.all(
        ports.map((port) => processes.takesConnections(join(directory, `.s.PGSQL.${port}`))),
      )
      return ports.filter((_, at) => answers[at]).map((port) => ({ directory, port }))
    }),
  )
  return found.flat()
}
