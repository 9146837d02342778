// In: a Stack. Out: the actions that write its files: the spec, the environment, and what editors and git want.
import { isAbsolute } from 'node:path'
import { buildAddresses, type Addresses } from '../../stack/addresses.ts'
import { bucketUri, objectStoreSecrets } from '../../stack/object-store.ts'
import type { ArtifactStore, Stack } from '../../stack/spec.ts'
import type { Action, ActionOf, WriteFileInput } from '../action.ts'
import { buildAction } from '../build-action.ts'
import type { TemplateValues } from '../template-values.ts'
import { buildLayout, isForTeam, localTrackingUri } from './layout.ts'
import { serverLogin } from './login.ts'
import { objectStoreVariables } from './object-store.ts'
import { postgresVariables } from './postgres.ts'

export function buildFileActions(stack: Stack, needs: readonly string[]): readonly Action[] {
  const { spec, specSchema, gitignore } = buildLayout(stack.directory)
  const write = (title: string, detail: string, input: WriteFileInput): ActionOf<'write-file'> =>
    buildAction('write-file', { name: input.path, title, detail, needs }, input)
  const about = { name: spec, title: 'mlflow-setup.yaml', detail: 'what this stack is', needs }
  return [
    buildAction('write-spec', about, { path: spec, spec: stack.spec }),
    write(
      '.env',
      stack.spec.publicUrl === undefined ? 'what your scripts need' : '0600, holds the secrets',
      environmentFile(stack),
    ),
    write('.gitignore', 'keeps data and secrets out', {
      path: gitignore,
      template: 'native/gitignore.hbs',
      values: {},
      mode: 0o644,
      comment: '#',
    }),
    write('schema for editors', 'completes mlflow-setup.yaml', {
      path: specSchema,
      template: 'schemas/mlflow-setup.schema.json',
      values: {},
      mode: 0o644,
      comment: 'none',
    }),
  ]
}

function environmentFile(stack: Stack): WriteFileInput {
  const addresses = buildAddresses(stack.spec)
  const file = { path: buildLayout(stack.directory).env, mode: 0o600, comment: '#' } as const
  return addresses === undefined
    ? { ...file, template: 'native/client.env.hbs', values: clientValues(stack) }
    : { ...file, template: 'native/server.env.hbs', values: serverValues(stack, addresses) }
}

function clientValues(stack: Stack): TemplateValues {
  return {
    trackingUri: localTrackingUri(stack),
    fileStore: stack.spec.backendStore.kind === 'file',
    experiment: stack.spec.backendStore.kind === 'sqlite' ? stack.spec.name : '',
    environment: listed(stack.spec.environment),
  }
}

/** What every service of the stack reads, less what is withheld from it; where they differ, their arguments say it. */
function serverValues(stack: Stack, addresses: Addresses): TemplateValues {
  const { scenario, workers, runAs, environment } = stack.spec
  const { temporary, bytecode } = buildLayout(stack.directory)
  return {
    ...addresses,
    allowedHosts: addresses.allowedHosts.join(','),
    corsOrigins: addresses.corsOrigins.join(','),
    ...storeValues(stack),
    ...loginValues(stack),
    workers,
    twoServers: scenario === 6,
    temporary: isForTeam(stack) ? temporary : false,
    bytecode: runAs === undefined ? false : bytecode,
    environment: listed(environment),
  }
}

function storeValues(stack: Stack): TemplateValues {
  const { scenario, backendStore, artifactStore } = stack.spec
  const postgres = backendStore.kind === 'postgres'
  const keys = artifactStore.kind === 's3' ? objectStoreSecrets(artifactStore) : []
  return {
    backendStoreUri: postgres ? 'postgresql+psycopg2://' : `sqlite:///${backendStore.path}`,
    backendStore: listed(postgresVariables(stack)),
    backendSecrets: postgres ? held({ PGPASSWORD: 'PGPASSWORD' }) : [],
    artifactsDestination: scenario === 4 || scenario === 6 ? false : artifactsUri(artifactStore),
    artifactStore: listed(objectStoreVariables(stack)),
    artifactSecrets: held(Object.fromEntries(keys.map((name) => [name, name]))),
  }
}

function loginValues(stack: Stack): TemplateValues {
  const { variables, secretVariables } = serverLogin(stack)
  return {
    login: stack.spec.auth.kind !== 'none',
    loginVariables: listed(variables),
    loginSecrets: held({ MLFLOW_SETUP_ADMIN_PASSWORD: 'MLFLOW_SETUP_ADMIN_PASSWORD', ...secretVariables }),
  }
}

/** Where the server puts files, as MLflow takes it. */
export function artifactsUri(store: ArtifactStore): string {
  if (store.kind === 's3') return bucketUri(store)
  return isAbsolute(store.path) ? store.path : `./${store.path}`
}

function listed(variables: Readonly<Record<string, string>>): { readonly name: string; readonly value: string }[] {
  return Object.entries(variables).map(([name, value]) => ({ name, value }))
}

/** Variables by the secret that they hold. */
function held(variables: Readonly<Record<string, string>>): { readonly name: string; readonly secret: string }[] {
  return Object.entries(variables).map(([name, secret]) => ({ name, secret }))
}
