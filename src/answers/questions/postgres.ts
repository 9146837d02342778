// In: nothing. Out: the questions about PostgreSQL: whose, where, which database and role.
import { bareHost } from '../../formats/host-name.ts'
import { picklist, pipe, transform } from 'valibot'
import {
  inContainers,
  isGiven,
  NO_OTHERS_POSTGRES,
  NO_POSTGRES,
  usesOthersPostgres,
  usesPostgres,
} from '../conditions.ts'
import { AUTH_DATABASE_ENDING, whyNotDatabaseHost, whyNotDatabaseName, whyNotRoleName } from '../names.ts'
import { isLoopbackHost } from '../public-address.ts'
import { question, type Default, type Facts, type Option } from '../question.ts'
import { absolutePath, anyPort, checkedLine, oneLine } from '../schemas.ts'
import type { Answers } from '../answers.ts'
import { databaseOf } from './stores.ts'

type SoFar = Partial<Answers>

/** A cluster of the stack has no use for it. */
const ADMIN_URL = 'MLFLOW_SETUP_POSTGRES_ADMIN_URL'

export const postgres = question({
  id: 'postgres',
  kind: 'text',
  choices: ['managed', 'existing'],
  group: 'PostgreSQL',
  placeholder: '<kind>',
  summary: 'whose PostgreSQL: managed (a cluster, or a container, of the stack) or existing',
  ask: 'Whose PostgreSQL?',
  asks: ({ backendStore }) => backendStore === 'postgres',
  when: usesPostgres,
  whenNot: NO_POSTGRES,
  options: (answers) => [
    inContainers(answers)
      ? { value: 'managed', label: 'One in a container of the stack', hint: 'PostgreSQL 17, for nobody else' }
      : { value: 'managed', label: 'A cluster of the stack', hint: 'its own, on a socket only' },
    { value: 'existing', label: 'One that is there', hint: 'here or on another machine' },
  ],
  schema: picklist(['managed', 'existing'], 'is not managed or existing'),
  conflict: (value, { backendStore = '' }) =>
    value === 'managed' && backendStore.includes(':') ? 'does not go with an address in --backend-store' : undefined,
  implied: (facts) => {
    if (isGiven(facts, ...OTHERS)) return 'existing'
    return isGiven(facts, 'postgresPrograms') ? 'managed' : undefined
  },
  default: ({ backendStore = '' }, { secrets }) => {
    if (backendStore.includes(':')) return { value: 'existing', why: 'it has an address' }
    return secrets.includes(ADMIN_URL) ? { value: 'existing', why: `${ADMIN_URL} is set` } : { value: 'managed' }
  },
  defaultInWords: 'managed; existing where --postgres-host, an address or an administrator is given',
})

/** Whoever answers one of these has a server. */
const OTHERS = [
  'postgresHost',
  'postgresPort',
  'postgresAdmin',
  'postgresSslmode',
  'postgresCaFile',
  'postgresAdminUrlFile',
  'postgresPasswordFile',
] as const satisfies readonly (keyof Answers)[]

export const postgresPrograms = question({
  id: 'postgresPrograms',
  kind: 'text',
  group: 'PostgreSQL',
  placeholder: '<path>',
  summary: 'the folder of initdb and postgres, for a cluster of the stack',
  ask: 'In which folder are initdb and postgres?',
  program: 'postgresql',
  when: (answers) => usesPostgres(answers) && answers.postgres === 'managed' && !inContainers(answers),
  whenNot: 'does not apply: the stack runs no PostgreSQL from programs of this machine; see --postgres and --target',
  schema: oneLine('the path of a folder'),
  normalise: (value, facts) => absolutePath(value, facts),
  default: (_answers, { machine }) => {
    const [newest] = machine.postgres.programs
    return newest === undefined ? undefined : { value: newest.directory, why: `PostgreSQL ${newest.major}` }
  },
  missing: () => 'a PostgreSQL 13 or newer on this machine',
  defaultInWords: 'the newest on the machine',
})

export const postgresHost = question({
  id: 'postgresHost',
  kind: 'text',
  group: 'PostgreSQL',
  placeholder: '<host>',
  summary: 'where PostgreSQL listens: a name, an address, or the folder of its socket',
  ask: 'Where does PostgreSQL listen (host, or the folder of its socket)?',
  asks: ({ backendStore }) => backendStore === 'postgres',
  when: usesOthersPostgres,
  whenNot: NO_OTHERS_POSTGRES,
  schema: pipe(checkedLine('a host name', whyNotDatabaseHost), transform(bareHost)),
  conflict: (value, answers) =>
    value.startsWith('/') && inContainers(answers)
      ? 'is the folder of a socket, which containers do not see; take 127.0.0.1 for a server of this machine'
      : undefined,
  saidBefore: (answers) => saidByAddress(databaseOf(answers.backendStore).host),
  outdated: ({ backendStore }, before) => backendStore !== before.backendStore,
  default: (answers, facts) => {
    const { host } = databaseOf(answers.backendStore)
    if (host !== undefined) return { value: host }
    const [socket] = facts.machine.postgres.sockets
    if (socket === undefined) return undefined
    return facts.machine.root && !inContainers(answers)
      ? { value: socket.directory, why: 'a server runs here' }
      : { value: '127.0.0.1', why: 'a server runs here' }
  },
  missing: () => 'where PostgreSQL listens',
  defaultInWords: 'from --backend-store, else the server of this machine',
})

function saidByAddress<T>(value: T | undefined): { readonly flag: string; readonly value: T } | undefined {
  return value === undefined ? undefined : { flag: '--backend-store', value }
}

const elsewhere = ({ postgresHost: host }: SoFar, before: SoFar) => host !== before.postgresHost

export const postgresPort = question({
  id: 'postgresPort',
  kind: 'integer',
  group: 'PostgreSQL',
  placeholder: '<number>',
  summary: 'the port of PostgreSQL',
  ask: 'On which port does PostgreSQL listen?',
  asks: ({ backendStore, postgresHost: host = '' }) => backendStore === 'postgres' && !host.startsWith('/'),
  when: usesOthersPostgres,
  whenNot: NO_OTHERS_POSTGRES,
  schema: anyPort,
  saidBefore: (answers) => saidByAddress(databaseOf(answers.backendStore).port),
  outdated: elsewhere,
  default: ({ backendStore = '', postgresHost: host = '' }, { machine }) => {
    const { port } = databaseOf(backendStore)
    const here = host.startsWith('/') || isLoopbackHost(host)
    const socket = machine.postgres.sockets.find(({ directory }) => !host.startsWith('/') || directory === host)
    return { value: port ?? (here ? socket?.port : undefined) ?? 5432 }
  },
  defaultInWords: 'from --backend-store, else 5432',
})

export const postgresAdmin = question({
  id: 'postgresAdmin',
  kind: 'text',
  choices: ['peer', 'url', 'none'],
  group: 'PostgreSQL',
  placeholder: '<kind>',
  summary:
    'who makes role and database: peer (the system user postgres), url (an administrator, whose address is given once) or none (they are there)',
  ask: 'Who makes the role and the database?',
  asks: () => true,
  when: usesOthersPostgres,
  whenNot: NO_OTHERS_POSTGRES,
  options: (answers, { machine }): readonly Option[] => [
    ...(hasSocket(answers, machine) && machine.root
      ? [{ value: 'peer', label: 'The system user postgres', hint: 'through the socket, without a password' }]
      : []),
    { value: 'url', label: 'An administrator of the database', hint: 'whose login is asked for and not kept' },
    { value: 'none', label: 'They are there', hint: 'only names and a password are needed' },
  ],
  schema: picklist(['peer', 'url', 'none'], 'is not one of peer, url, none'),
  conflict: (value, answers) =>
    value === 'peer' && !isHere(answers) ? 'needs the folder of a socket in --postgres-host' : undefined,
  outdated: elsewhere,
  default: defaultAdmin,
  defaultInWords: 'url where such an address is given, peer for root at a socket, else none',
})

/** Containers come by the network; whoever sets the stack up, on the same machine, may take the socket. */
function isHere(answers: SoFar): boolean {
  const { postgresHost: host = '' } = answers
  return host.startsWith('/') || (inContainers(answers) && isLoopbackHost(host))
}

function hasSocket(answers: SoFar, { postgres: { sockets } }: Facts['machine']): boolean {
  const { postgresHost: host = '', postgresPort } = answers
  return host.startsWith('/') || (isHere(answers) && sockets.some(({ port }) => port === postgresPort))
}

function defaultAdmin(answers: SoFar, facts: Facts): Default<Answers['postgresAdmin']> {
  const { secrets, machine } = facts
  if (isGiven(facts, 'postgresAdminUrlFile') || secrets.includes('MLFLOW_SETUP_POSTGRES_ADMIN_URL'))
    return { value: 'url', why: 'its address is given' }
  if (isGiven(facts, 'postgresPasswordFile') || secrets.includes('MLFLOW_SETUP_POSTGRES_PASSWORD'))
    return { value: 'none', why: 'the password of the role is given' }
  return hasSocket(answers, machine) && machine.root ? { value: 'peer' } : { value: 'none' }
}

export const postgresDatabase = question({
  id: 'postgresDatabase',
  kind: 'text',
  group: 'PostgreSQL',
  placeholder: '<name>',
  summary: 'the database that holds the runs',
  ask: 'Which database?',
  asks: ({ backendStore, postgresAdmin: admin }) => backendStore === 'postgres' && admin === 'none',
  when: usesPostgres,
  whenNot: NO_POSTGRES,
  schema: checkedLine('the name of a database', whyNotDatabaseName),
  conflict: (value, { auth }) => (auth === 'basic-auth' ? whyNotDatabaseName(value, AUTH_DATABASE_ENDING) : undefined),
  saidBefore: (answers) => saidByAddress(databaseOf(answers.backendStore).database),
  default: (answers) => ({ value: databaseOf(answers.backendStore).database ?? nameFrom(answers) }),
  defaultInWords: 'from --backend-store, else the name of the stack',
})

export const postgresUser = question({
  id: 'postgresUser',
  kind: 'text',
  group: 'PostgreSQL',
  placeholder: '<name>',
  summary: 'the role that owns the database',
  ask: 'Which role owns it?',
  asks: ({ backendStore, postgresAdmin: admin }) => backendStore === 'postgres' && admin === 'none',
  when: usesPostgres,
  whenNot: NO_POSTGRES,
  schema: checkedLine('the name of a role', whyNotRoleName),
  conflict: (value, answers) =>
    answers.postgres === 'managed' && value === SUPERUSER ? 'looks after the cluster; take another name' : undefined,
  saidBefore: (answers) => saidByAddress(databaseOf(answers.backendStore).user),
  default: (answers) => ({ value: databaseOf(answers.backendStore).user ?? nameFrom(answers) }),
  defaultInWords: 'from --backend-store, else the name of the stack',
})

/** After the stack, unless PostgreSQL has that name for something else. */
function nameFrom({ name = 'mlflow' }: SoFar): string {
  const own = name.replaceAll('-', '_')
  return own === SUPERUSER || whyNotRoleName(own) !== undefined ? 'mlflow' : own
}

/** The role, and the database, that every server has. */
const SUPERUSER = 'postgres'
