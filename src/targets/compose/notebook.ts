// In: a Stack of containers. Out: its notebook: settings, image, service. Nothing where it has none.
import { join } from 'node:path'
import { TRACKING_PORT, type Addresses } from '../../stack/addresses.ts'
import { objectStoreSecrets } from '../../stack/object-store.ts'
import type { Stack } from '../../stack/spec.ts'
import type { Action } from '../action.ts'
import { buildAction } from '../build-action.ts'
import type { ContainerService } from '../compose-actions.ts'
import type { TemplateValues } from '../template-values.ts'
import { baseImages, PSUTIL } from './base-images.ts'
import { composeLayout } from './layout.ts'
import { TESTED_VERSIONS } from './requirements.ts'
import { storeVariables } from './stores.ts'

/** As the tests of this release ran it. */
const JUPYTERLAB_VERSION = '4.6.6'

/** What compose.yaml shows. */
export function notebookValues(stack: Stack, { staticPrefix }: Addresses): TemplateValues | false {
  const { spec } = stack
  if (spec.notebook !== true) return false
  return {
    image: imageOf(spec.name, spec.mlflowVersion),
    baseUrl: `--ServerApp.base_url=${staticPrefix}/notebook/`,
    token: hasToken(stack),
    keys: spec.scenario === 4,
  }
}

/**
 * Where nginx asks for the password, it asks for the notebook's too. A login of MLflow's own lets in people who may see
 * little, and no login lets in everybody: then whoever wants a notebook needs its token.
 */
export function hasToken({ spec }: Pick<Stack, 'spec'>): boolean {
  return spec.notebook === true && spec.auth.kind !== 'htpasswd'
}

/** Settings and Dockerfile. `images` pulls what the image is made from. */
export function notebookSources(
  stack: Stack,
  addresses: Addresses,
  needs: readonly string[],
  images: string,
): readonly Action[] {
  if (stack.spec.notebook !== true) return []
  const { directory } = stack
  const folder = join(directory, 'notebook')
  const about = { name: 'notebook', title: 'folder of the notebook', detail: folder, needs }
  const make = buildAction('make-directories', about, { paths: [folder], mode: 0o755 })
  const path = dockerfileOf(directory)
  const dockerfile = buildAction(
    'write-image-file',
    { name: path, title: 'Dockerfile of the notebook', detail: packagesOf(stack), needs: [make.id, images] },
    {
      path,
      template: 'compose/notebook/Dockerfile.hbs',
      values: { packages: packagesOf(stack), images: baseImages(stack) },
      digests: composeLayout(directory).digests,
      mode: 0o644,
    },
  )
  const env = join(directory, 'notebook.env')
  const settings = buildAction(
    'write-file',
    { name: env, title: 'notebook.env', detail: '0600, what the notebook knows of the stack', needs },
    {
      path: env,
      template: 'compose/notebook.env.hbs',
      values: environmentValues(stack, addresses),
      mode: 0o600,
      comment: '#',
    },
  )
  return [make, dockerfile, settings]
}

/** The image. */
export function notebookPreparation({ spec, directory }: Stack, needs: readonly string[]): readonly Action[] {
  if (spec.notebook !== true) return []
  const dockerfile = dockerfileOf(directory)
  const tag = imageOf(spec.name, spec.mlflowVersion)
  const about = { name: tag, title: 'notebook image', detail: `JupyterLab ${JUPYTERLAB_VERSION}`, needs }
  const mark = join(composeLayout(directory).own, 'notebook-image.json')
  const input = { stackDirectory: directory, service: 'notebook', tag, sources: [dockerfile], mark }
  return [buildAction('build-image', { ...about, refreshOn: [`write-image-file:${dockerfile}`] }, input)]
}

export function notebookServices({ spec }: Stack): readonly ContainerService[] {
  return spec.notebook === true ? [{ name: 'notebook', job: false, readsAtStart: [] }] : []
}

function environmentValues(stack: Stack, { staticPrefix }: Addresses): TemplateValues {
  const { scenario, artifactStore } = stack.spec
  const bucket = scenario === 4 && artifactStore.kind === 's3'
  return {
    trackingUri: `http://mlflow:${TRACKING_PORT}${staticPrefix}`,
    token: hasToken(stack),
    storeVariables: bucket ? Object.entries(storeVariables(stack)).map(([name, value]) => ({ name, value })) : [],
    storeSecrets: bucket ? [...objectStoreSecrets(artifactStore)] : [],
  }
}

/** In scenario 4 it goes to the bucket itself, as every client does. */
function packagesOf({ spec }: Stack): string {
  const boto3 = spec.scenario === 4 ? [`boto3==${TESTED_VERSIONS['boto3'] ?? ''}`] : []
  return [`jupyterlab==${JUPYTERLAB_VERSION}`, PSUTIL, ...boto3].join(' ')
}

function dockerfileOf(directory: string): string {
  return join(directory, 'notebook', 'Dockerfile')
}

function imageOf(name: string, version: string): string {
  return `mlflow-setup/${name}-notebook:${version}`
}
