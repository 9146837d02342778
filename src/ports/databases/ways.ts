import type { DatabaseLogin } from '../databases.ts'

/** How the user gives each part of a login. */
export interface Ways {
  readonly host: string
  readonly port: string
  readonly user: string
  /** User and password. */
  readonly login: string
  readonly database: string
  readonly password: string
  readonly sslMode: string
  readonly caFile: string
  readonly admin: string
}

const ADMIN_URL = 'MLFLOW_SETUP_POSTGRES_ADMIN_URL'

export function buildWays({ givenBy }: DatabaseLogin): Ways {
  if (givenBy === 'admin-url') {
    return {
      host: `the host in ${ADMIN_URL}`,
      port: 'its port',
      user: `the user in ${ADMIN_URL}`,
      login: `user and password in ${ADMIN_URL}`,
      database: `the database in ${ADMIN_URL}`,
      password: `the password in ${ADMIN_URL}`,
      sslMode: `?sslmode= in ${ADMIN_URL}, or --postgres-sslmode`,
      caFile: '--postgres-ca-file',
      admin: ADMIN_URL,
    }
  }
  return {
    host: '--postgres-host',
    port: '--postgres-port',
    user: '--postgres-user',
    login: 'MLFLOW_SETUP_POSTGRES_PASSWORD or --postgres-user',
    database: '--postgres-database',
    password: 'MLFLOW_SETUP_POSTGRES_PASSWORD',
    sslMode: '--postgres-sslmode',
    caFile: '--postgres-ca-file',
    admin: ADMIN_URL,
  }
}
