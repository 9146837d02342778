// In: a Stack of containers. Out: what its .env shows.
import type { Addresses } from '../../stack/addresses.ts'
import { objectStoreSecrets } from '../../stack/object-store.ts'
import type { Stack } from '../../stack/spec.ts'
import { serverLogin } from '../native/login.ts'
import type { TemplateValues } from '../template-values.ts'
import { DATA } from './layout.ts'
import { hasToken } from './notebook.ts'
import { destinationOf } from './mlflow.ts'
import { postgresAddress, postgresOf, storeVariables } from './stores.ts'

export function buildEnvironmentValues(stack: Stack, addresses: Addresses): TemplateValues {
  const { scenario, workers, environment, artifactStore, auth } = stack.spec
  const postgres = postgresOf(stack)
  const { variables, secretVariables } = serverLogin(stack)
  return {
    publicUrl: addresses.publicUrl,
    staticPrefix: addresses.staticPrefix,
    allowedHosts: addresses.allowedHosts.join(','),
    corsOrigins: addresses.corsOrigins.join(','),
    database:
      postgres === undefined ? false : { ...postgresAddress(postgres), name: postgres.database, user: postgres.user },
    ownDatabase: postgres !== undefined && postgres.managed !== false,
    backendStoreUri: postgres === undefined ? `sqlite:///${DATA}/mlflow.db` : 'postgresql+psycopg2://',
    storeVariables: artifactStore.kind === 's3' ? listed(storeVariables(stack)) : false,
    storeSecrets: artifactStore.kind === 's3' ? objectStoreSecrets(artifactStore) : [],
    managedStore: artifactStore.kind === 's3' && artifactStore.managed !== undefined,
    artifactsDestination: scenario === 4 || scenario === 6 ? false : destinationOf(artifactStore),
    login: auth.kind !== 'none',
    loginVariables: listed({ ...variables, ...loginConfig(stack) }),
    loginSecrets: Object.entries({
      MLFLOW_SETUP_ADMIN_PASSWORD: 'MLFLOW_SETUP_ADMIN_PASSWORD',
      ...secretVariables,
    }).map(([name, secret]) => ({ name, secret })),
    notebookToken: hasToken(stack),
    workers,
    twoServers: scenario === 6,
    environment: listed(environment),
  }
}

/** Where the container sees the settings of MLflow's own login. */
export const LOGIN_CONFIG = '/run/basic_auth.ini'

function loginConfig({ spec }: Stack): Readonly<Record<string, string>> {
  return spec.auth.kind === 'basic-auth' ? { MLFLOW_AUTH_CONFIG_PATH: LOGIN_CONFIG } : {}
}

export function listed(
  variables: Readonly<Record<string, string>>,
): { readonly name: string; readonly value: string }[] {
  return Object.entries(variables).map(([name, value]) => ({ name, value }))
}
