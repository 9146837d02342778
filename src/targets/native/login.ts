// In: a Stack whose users MLflow itself keeps. Out: the part that sets its basic-auth app up, and what that adds to the server.
import { dirname, join } from 'node:path'
import type { BackendStore, Stack } from '../../stack/spec.ts'
import { buildAction } from '../build-action.ts'
import type { Foundation, Part } from './part.ts'
import { authDatabase } from './postgres.ts'

/** What the server of a stack with MLflow's own login has beside the usual. */
export interface ServerLogin {
  /** Requirement lines. */
  readonly packages: readonly string[]
  /** Further arguments of `mlflow server`. */
  readonly args: readonly string[]
  /** For `.env`. */
  readonly variables: Readonly<Record<string, string>>
  /** For `.env` too: variables by the secret that they hold. */
  readonly secretVariables: Readonly<Record<string, string>>
}

/** In the stack directory, where the server runs: named so, the directory can be moved. */
const CONFIG = 'basic_auth.ini'

const NO_LOGIN: ServerLogin = { packages: [], args: [], variables: {}, secretVariables: {} }

/** Empty where nginx asks for the password, or nobody does. */
export function serverLogin({ spec }: Stack): ServerLogin {
  if (spec.auth.kind !== 'basic-auth') return NO_LOGIN
  return {
    packages: ['Flask-WTF'],
    args: ['--app-name', 'basic-auth'],
    variables: { MLFLOW_AUTH_CONFIG_PATH: CONFIG, MLFLOW_AUTH_ADMIN_USERNAME: spec.auth.adminUser },
    secretVariables: {
      // Counts until the first user is there; later `mlflow-setup user passwd` changes both.
      MLFLOW_AUTH_ADMIN_PASSWORD: 'MLFLOW_SETUP_ADMIN_PASSWORD',
      // Signs the sign-up form: the same in all workers, and after a restart.
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'MLFLOW_FLASK_SERVER_SECRET_KEY',
    },
  }
}

/** Undefined where nginx asks for the password, or nobody does. */
export function buildLoginPart(stack: Stack, { folders }: Foundation): Part | undefined {
  const { auth, backendStore } = stack.spec
  if (auth.kind !== 'basic-auth') return undefined
  const path = join(stack.directory, CONFIG)
  const write = buildAction(
    'write-file',
    { name: path, title: CONFIG, detail: "MLflow's own login", needs: [folders] },
    {
      path,
      template: 'native/basic_auth.ini.hbs',
      values: { databaseUri: usersDatabase(backendStore, folderOf(backendStore)) },
      // Without a secret in it, and read by the user that the server runs as.
      mode: stack.spec.runAs === undefined ? 0o600 : 0o644,
      comment: '#',
    },
  )
  return { actions: [write], ready: [write.id], readAtStart: [path] }
}

function folderOf(store: BackendStore): string {
  return store.kind === 'postgres' ? '' : dirname(store.path)
}

/** The database of users, beside that of runs: MLflow wants one of its own for its tables. SQLite has it in `folder`. */
export function usersDatabase(store: BackendStore, folder: string): string {
  if (store.kind !== 'postgres') return `sqlite:///${join(folder, 'basic_auth.db')}`
  const name = authDatabase(store)
  // PG* variables say the rest. SQLAlchemy decodes a name behind the question mark only.
  return /^[\w.-]+$/.test(name)
    ? `postgresql+psycopg2:///${name}`
    : `postgresql+psycopg2:///?dbname=${encodeURIComponent(name)}`
}
