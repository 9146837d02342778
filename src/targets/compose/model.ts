// In: a Stack of containers. Out: what serves its model: files of the jobs, the image, the services. Nothing where it serves none.
import { join } from 'node:path'
import { TRACKING_PORT, type Addresses } from '../../stack/addresses.ts'
import type { Stack } from '../../stack/spec.ts'
import type { Action } from '../action.ts'
import { buildAction } from '../build-action.ts'
import type { ContainerService } from '../compose-actions.ts'
import type { TemplateValues } from '../template-values.ts'
import { baseImages, PSUTIL } from './base-images.ts'
import { composeLayout } from './layout.ts'
import { TESTED_VERSIONS } from './requirements.ts'

/** As the tests of this release ran it. */
const UV_VERSION = '0.13.9'
/** Where it listens in its container. */
const MODEL_PORT = 5001

const PROGRAMS = {
  'fetch-model.py': 'brings the files of the model',
  'prepare-model.py': 'installs its packages',
  'serve-model.py': 'serves it',
} as const

/** What compose.yaml shows. */
export function modelValues({ spec }: Stack, { staticPrefix }: Addresses): TemplateValues | false {
  if (spec.model === undefined) return false
  return {
    uri: spec.model.uri,
    image: imageOf(spec.name, spec.mlflowVersion),
    trackingUri: `http://mlflow:${TRACKING_PORT}${staticPrefix}`,
    // Where nginx asks for the password, the server itself does not.
    user: spec.auth.kind === 'basic-auth' ? spec.auth.adminUser : false,
  }
}

/** Where nginx leads to; false: nowhere. */
export function modelServer({ spec }: Stack): string | false {
  return spec.model === undefined ? false : `model:${MODEL_PORT}`
}

/** Programs and Dockerfile. `images` pulls what the image is made from. */
export function modelSources(stack: Stack, needs: readonly string[], images: string): readonly Action[] {
  if (stack.spec.model === undefined) return []
  const { jobs, digests } = composeLayout(stack.directory)
  const folder = join(stack.directory, 'model')
  const about = { name: 'model', title: 'folder of the model', detail: folder, needs }
  const make = buildAction('make-directories', about, { paths: [folder], mode: 0o755 })
  const path = join(folder, 'Dockerfile')
  const dockerfile = buildAction(
    'write-image-file',
    { name: path, title: 'Dockerfile of the model', detail: 'what serves it', needs: [make.id, images] },
    {
      path,
      template: 'compose/model/Dockerfile.hbs',
      values: { packages: packagesOf(stack), images: baseImages(stack) },
      digests,
      mode: 0o644,
    },
  )
  const programs = Object.entries(PROGRAMS).map(([name, detail]) =>
    buildAction(
      'write-file',
      { name: join(jobs, name), title: name, detail, needs },
      { path: join(jobs, name), template: `compose/jobs/${name}`, values: {}, mode: 0o644, comment: '#' },
    ),
  )
  return [make, dockerfile, ...programs]
}

/** The image, then files and packages of the model: what is served until then stays until they are there. */
export function modelPreparation(stack: Stack, needs: readonly string[]): readonly Action[] {
  const { spec, directory } = stack
  if (spec.model === undefined) return []
  const { own } = composeLayout(directory)
  const dockerfile = join(directory, 'model', 'Dockerfile')
  const tag = imageOf(spec.name, spec.mlflowVersion)
  const build = buildAction(
    'build-image',
    {
      name: tag,
      title: 'image that serves models',
      detail: packagesOf(stack),
      needs,
      refreshOn: [`write-image-file:${dockerfile}`],
    },
    {
      stackDirectory: directory,
      service: 'model-files',
      tag,
      sources: [dockerfile],
      mark: join(own, 'model-image.json'),
    },
  )
  const { uri } = spec.model
  const prepare = buildAction(
    'prepare-model',
    { name: uri, title: 'model', detail: uri, needs: [...needs, build.id] },
    { uri, stackName: spec.name, stackDirectory: directory, mark: modelMark(directory) },
  )
  return [build, prepare]
}

export function modelServices({ spec, directory }: Stack): readonly ContainerService[] {
  if (spec.model === undefined) return []
  const job = (name: string): ContainerService => ({ name, job: true, readsAtStart: [] })
  return [
    job('model-files'),
    job('model-packages'),
    { name: 'model', job: false, readsAtStart: [modelMark(directory)] },
  ]
}

/** In scenario 4 files come from the bucket itself, as for every client. */
function packagesOf({ spec }: Stack): string {
  const boto3 = spec.scenario === 4 ? [`boto3==${TESTED_VERSIONS['boto3'] ?? ''}`] : []
  return [`uv==${UV_VERSION}`, PSUTIL, ...boto3].join(' ')
}

/** A file that says which model was prepared: the server of the model starts again with another one. */
export function modelMark(directory: string): string {
  return join(composeLayout(directory).own, 'model.json')
}

function imageOf(name: string, version: string): string {
  return `mlflow-setup/${name}-model:${version}`
}
