// In: a Stack. Out: the actions that write its files: the spec, the environment, and what editors and git want.
import { isAbsolute } from 'node:path'
import { buildAddresses, type Addresses } from '../../stack/addresses.ts'
import type { ArtifactStore, Stack } from '../../stack/spec.ts'
import type { Action, ActionOf, WriteFileInput } from '../action.ts'
import type { TemplateValues } from '../template-values.ts'
import { buildAction } from '../build-action.ts'
import { buildLayout, localTrackingUri } from './layout.ts'

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
    environment: environmentOf(stack),
  }
}

function serverValues(stack: Stack, addresses: Addresses): TemplateValues {
  const { backendStore, artifactStore, workers } = stack.spec
  return {
    ...addresses,
    allowedHosts: addresses.allowedHosts.join(','),
    corsOrigins: addresses.corsOrigins.join(','),
    backendStoreUri: backendStore.kind === 'postgres' ? 'postgresql+psycopg2://' : `sqlite:///${backendStore.path}`,
    artifactsDestination: artifactsDestination(artifactStore),
    workers,
    environment: environmentOf(stack),
  }
}

function artifactsDestination(store: ArtifactStore): string {
  if (store.kind === 's3') return ['s3:/', store.bucket, store.prefix].filter((part) => part !== '').join('/')
  return isAbsolute(store.path) ? store.path : `./${store.path}`
}

function environmentOf({ spec }: Stack): readonly { readonly name: string; readonly value: string }[] {
  return Object.entries(spec.environment).map(([name, value]) => ({ name, value }))
}
