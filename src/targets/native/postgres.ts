// In: a Stack with its runs in PostgreSQL. Out: the part that makes the cluster, the database and the tables.
import { join } from 'node:path'
import { AUTH_DATABASE_ENDING } from '../../answers/names.ts'
import { chooseMaxConnections, countConnections } from '../../stack/database-connections.ts'
import type { ManagedPostgres, PostgresStore, Stack } from '../../stack/spec.ts'
import type { Action, CreateDatabaseInput, PostgresServer } from '../action.ts'
import { buildAction } from '../build-action.ts'
import type { Service } from '../service.ts'
import { basePython, buildLayout } from './layout.ts'
import type { Foundation, Part } from './part.ts'

/** The system user of the distribution's package: it has the cluster where root sets it up. */
const SYSTEM_USER = 'postgres'
/** The superuser inside. */
const SUPERUSER = 'postgres'
/** Only a part of the name of the socket, for a cluster of our own. */
const PORT = 5432

/** Where a cluster of the stack's own is. */
interface ClusterLayout {
  readonly folder: string
  readonly data: string
  readonly socketFolder: string
  readonly config: string
  readonly hba: string
  readonly log: string
}

function clusterLayout({ directory }: Stack): ClusterLayout {
  const at = (name: string) => join(directory, 'postgresql', name)
  return {
    folder: join(directory, 'postgresql'),
    data: at('data'),
    socketFolder: at('run'),
    config: at('postgresql.conf'),
    hba: at('pg_hba.conf'),
    log: join(buildLayout(directory).logs, 'postgresql.log'),
  }
}

/** Undefined where runs live somewhere else. */
function postgresOf({ spec }: Stack): PostgresStore | undefined {
  return spec.backendStore.kind === 'postgres' ? spec.backendStore : undefined
}

/** How this stack reaches its database server. */
function postgresServer(stack: Stack, store: PostgresStore): PostgresServer {
  if (store.managed) return { host: clusterLayout(stack).socketFolder, port: PORT, sslMode: 'disable' }
  const { host, port, sslMode, caFile } = store
  return { host, port, sslMode, ...(caFile === undefined ? {} : { caFile }) }
}

/** libpq's variables for `.env`, all but PGPASSWORD; none where runs live somewhere else. */
export function postgresVariables(stack: Stack): Readonly<Record<string, string>> {
  const store = postgresOf(stack)
  if (store === undefined) return {}
  const { host, port, sslMode, caFile } = postgresServer(stack, store)
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: store.database,
    PGUSER: store.user,
    PGSSLMODE: sslMode,
    ...(caFile === undefined ? {} : { PGSSLROOTCERT: caFile }),
  }
}

/** MLflow's own login keeps its users in a database beside the first. */
export function authDatabase({ database }: PostgresStore): string {
  return `${database}${AUTH_DATABASE_ENDING}`
}

/** The service of a cluster of the stack's own; none where the server was there before. */
export function postgresServices(stack: Stack): readonly Service[] {
  const store = postgresOf(stack)
  if (store?.managed !== true) return []
  const { data, config, socketFolder, log } = clusterLayout(stack)
  return [
    {
      name: 'postgresql',
      command: { file: join(store.programs, 'postgres'), args: ['-D', data, '-c', `config_file=${config}`], env: {} },
      withheld: [],
      workingDirectory: '/',
      log,
      health: { kind: 'socket', path: join(socketFolder, `.s.PGSQL.${PORT}`) },
      ...(stack.spec.runAs === undefined ? {} : { user: SYSTEM_USER }),
      writes: [data, socketFolder],
      makesCode: true,
      // Fast: running transactions end, nothing is lost (SIGTERM would wait until every client has gone).
      stopSignal: 'SIGINT',
      startTimeoutMs: 120_000,
      stopTimeoutMs: 60_000,
    },
  ]
}

/** Undefined where runs live somewhere else. */
export function buildPostgresPart(stack: Stack, foundation: Foundation): Part | undefined {
  const store = postgresOf(stack)
  if (store === undefined) return undefined
  const cluster = store.managed === true ? buildCluster(stack, store, foundation) : []
  const running = cluster.filter(({ kind }) => kind === 'run-services').map(({ id }) => id)
  const database = createDatabase(stack, store, [foundation.environment, ...running])
  const schema = initialiseSchema(stack, store, [database.id, foundation.packages, foundation.environment])
  return { actions: [...cluster, database, schema], ready: [schema.id], readAtStart: [] }
}

function buildCluster(stack: Stack, store: ManagedPostgres, { folders }: Foundation): readonly Action[] {
  const { folder, data, socketFolder } = clusterLayout(stack)
  const owner = stack.spec.runAs === undefined ? {} : { owner: SYSTEM_USER }
  // Others pass these folders only where services have users of their own.
  const mode = stack.spec.runAs === undefined ? 0o700 : 0o755
  const outer = buildAction(
    'make-directories',
    { name: folder, title: 'folder of the database', detail: 'for its settings and data', needs: [folders] },
    { paths: [folder], mode },
  )
  const socket = buildAction(
    'make-directories',
    { name: socketFolder, title: 'folder of its socket', detail: 'which replaces a port', needs: [outer.id] },
    { paths: [socketFolder], mode, ...owner },
  )
  const files = writeSettings(stack, [outer.id])
  const cluster = buildAction(
    'create-cluster',
    { name: data, title: 'PostgreSQL cluster', detail: 'for this stack alone, on a socket', needs: [outer.id] },
    { programs: store.programs, directory: data, superuser: SUPERUSER, socketFolder, ...owner },
  )
  const prepared = [outer, socket, ...files, cluster]
  return [...prepared, ...runCluster(stack, prepared, files)]
}

function writeSettings(stack: Stack, needs: readonly string[]): readonly Action[] {
  const { config, hba, socketFolder } = clusterLayout(stack)
  const mode = stack.spec.runAs === undefined ? 0o600 : 0o644
  const values = { port: PORT, socketFolder, hbaFile: hba, maxConnections: chooseMaxConnections(stack.spec) }
  const file = { mode, comment: '#' } as const
  return [
    buildAction(
      'write-file',
      { name: config, title: 'postgresql.conf', detail: 'sized for this stack', needs },
      { ...file, path: config, template: 'native/postgresql.conf.hbs', values },
    ),
    buildAction(
      'write-file',
      { name: hba, title: 'pg_hba.conf', detail: 'who comes in', needs },
      { ...file, path: hba, template: 'native/pg_hba.conf.hbs', values: { superuser: SUPERUSER } },
    ),
  ]
}

function runCluster(stack: Stack, prepared: readonly Action[], files: readonly Action[]): readonly Action[] {
  const { name, service } = stack.spec
  if (service === 'none') return []
  const { config, hba } = clusterLayout(stack)
  const ids = (actions: readonly Action[]) => actions.map(({ id }) => id)
  return [
    buildAction(
      'run-services',
      {
        name: 'postgresql',
        title: 'PostgreSQL',
        detail: 'before MLflow, stopped after it',
        needs: ids(prepared),
        refreshOn: ids(files),
      },
      {
        group: 'postgresql',
        stackName: name,
        stackDirectory: stack.directory,
        supervisor: service,
        services: postgresServices(stack),
        readsAtStart: [config, hba],
        python: basePython(stack),
        after: [],
      },
    ),
  ]
}

export function createDatabase(stack: Stack, store: PostgresStore, needs: readonly string[]) {
  const { spec } = stack
  const databases = [store.database, ...(spec.auth.kind === 'basic-auth' ? [authDatabase(store)] : [])]
  const about = {
    name: store.database,
    title: 'database',
    detail: `${databases.join(' and ')}, owned by the role ${store.user}`,
    needs,
  }
  return buildAction('create-database', about, {
    server: postgresServer(stack, store),
    managed: store.managed !== false,
    user: store.user,
    databases,
    admin: adminOf(stack, store),
    connections: countConnections(spec),
    mlflowVersion: spec.mlflowVersion,
  })
}

function adminOf({ spec }: Stack, store: PostgresStore): CreateDatabaseInput['admin'] {
  if (store.managed) {
    return { kind: 'peer', user: SUPERUSER, ...(spec.runAs === undefined ? {} : { systemUser: SYSTEM_USER }) }
  }
  return store.admin === 'peer' ? { kind: 'peer', user: SUPERUSER, systemUser: SYSTEM_USER } : { kind: store.admin }
}

function initialiseSchema(stack: Stack, store: PostgresStore, needs: readonly string[]) {
  const { spec, directory } = stack
  const { python, env } = buildLayout(directory)
  const about = { name: store.database, title: 'tables', detail: `of MLflow ${spec.mlflowVersion}`, needs }
  return buildAction('initialise-schema', about, {
    python,
    directory,
    environmentFile: env,
    ...(spec.runAs === undefined ? {} : { owner: spec.runAs }),
    server: postgresServer(stack, store),
    managed: store.managed !== false,
    user: store.user,
    database: store.database,
    mlflowVersion: spec.mlflowVersion,
  })
}
