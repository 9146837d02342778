// In: a Stack. Out: the actions of a stack in containers: its files, its images, and Docker Compose.
import { basename, join } from 'node:path'
import { objectStoreOf } from '../../stack/object-store.ts'
import type { Stack } from '../../stack/spec.ts'
import type { Action, ActionOf, WriteFileInput } from '../action.ts'
import { buildAction } from '../build-action.ts'
import { usersDatabase } from '../native/login.ts'
import { buildBucketPart } from '../native/object-store.ts'
import { createDatabase } from '../native/postgres.ts'
import type { Target } from '../target.ts'
import type { TemplateValues } from '../template-values.ts'
import { buildComposeValues, imagesOf, mlflowImage, requireAddresses, requireImages } from './compose-values.ts'
import type { ContainerService } from '../compose-actions.ts'
import { buildEnvironmentValues } from './environment.ts'
import { makeFolders } from './folders.ts'
import { setDatabasePassword } from './database-password.ts'
import { composeLayout, DATA } from './layout.ts'
import { modelPreparation, modelSources } from './model.ts'
import { notebookPreparation, notebookSources } from './notebook.ts'
import { proxyActions } from './proxy.ts'
import { requirementsOf } from './requirements.ts'
import { installRoots } from './roots.ts'
import { composeServices } from './services.ts'
import { postgresOf } from './stores.ts'
import { dataVolumes, projectOf } from './volumes.ts'

export const compose: Target = { actions }

/** Pulling images, making a database that was there before and writing files do not wait for each other. */
function actions(stack: Stack): readonly Action[] {
  const folders = makeFolders(stack)
  const ready = folders.slice(-1).map(({ id }) => id)
  const files = writeFiles(stack, ready)
  const pulled = pullImages(stack, ready)
  const sources = writeSources(stack, [...ready, pulled.id])
  const proxy = proxyActions(stack, ready, pulled.id)
  const stores = existingStores(stack, ready)
  const guests = [
    ...modelSources(stack, ready, pulled.id),
    ...notebookSources(stack, requireAddresses(stack), ready, pulled.id),
  ]
  const described = [...files, ...sources, ...proxy, ...installRoots(stack, ready), ...guests]
  const composeFile = writeComposeFile(stack, [pulled.id, ...described.map(({ id }) => id)])
  const image = buildOwnImage(stack, [composeFile.id])
  const beside = [...notebookPreparation(stack, [composeFile.id]), ...modelPreparation(stack, [composeFile.id])]
  const password = setDatabasePassword(stack, [composeFile.id])
  const prepared = [...described, ...stores, composeFile, ...image, ...beside, ...password]
  return [...folders, pulled, ...prepared, runContainers(stack, composeServices(stack), prepared)]
}

function writeFiles(stack: Stack, needs: readonly string[]): readonly Action[] {
  const { spec, directory } = stack
  const layout = composeLayout(directory)
  const write = (title: string, detail: string, input: Omit<WriteFileInput, 'comment'>): ActionOf<'write-file'> =>
    buildAction('write-file', { name: input.path, title, detail, needs }, { comment: '#', ...input })
  const about = { name: layout.spec, title: 'mlflow-setup.yaml', detail: 'what this stack is', needs }
  return [
    buildAction('write-spec', about, { path: layout.spec, spec }),
    write('.env', '0600, holds the secrets', {
      path: layout.env,
      template: 'compose/stack.env.hbs',
      values: buildEnvironmentValues(stack, requireAddresses(stack)),
      mode: 0o600,
    }),
    write('.gitignore', 'keeps secrets out', {
      path: layout.gitignore,
      template: 'compose/gitignore.hbs',
      values: {},
      mode: 0o644,
    }),
    buildAction(
      'write-file',
      { name: layout.specSchema, title: 'schema for editors', detail: 'completes mlflow-setup.yaml', needs },
      {
        path: layout.specSchema,
        template: 'schemas/mlflow-setup.schema.json',
        values: {},
        mode: 0o644,
        comment: 'none',
      },
    ),
    ...writePrograms(stack, needs),
  ]
}

/** What the jobs run, and what MLflow's own login reads. */
function writePrograms({ spec, directory }: Stack, needs: readonly string[]): readonly Action[] {
  const { jobs, login } = composeLayout(directory)
  const write = (path: string, detail: string, template: string, values: TemplateValues) =>
    buildAction(
      'write-file',
      { name: path, title: basename(path), detail, needs },
      { path, template, values, mode: 0o644, comment: '#' },
    )
  const program = (name: string, detail: string) => write(join(jobs, name), detail, `compose/jobs/${name}`, {})
  return [
    ...(spec.backendStore.kind === 'postgres' ? [program('database.py', 'makes the tables')] : []),
    ...(objectStoreOf(spec) === undefined ? [] : [program('bucket.py', 'tries the bucket, and makes one of ours')]),
    ...(spec.auth.kind === 'basic-auth'
      ? [
          write(login, "MLflow's own login", 'native/basic_auth.ini.hbs', {
            databaseUri: usersDatabase(spec.backendStore, DATA),
          }),
        ]
      : []),
  ]
}

function pullImages(stack: Stack, needs: readonly string[]): ActionOf<'pull-images'> {
  const { mlflow, upstream, ...others } = imagesOf(stack)
  const own = requireImages(stack).mlflow === 'build' ? upstream : mlflow
  const images = [own, ...Object.values(others)].filter((image) => image !== undefined)
  const about = { name: 'images', title: 'images', detail: images.join(', '), needs }
  return buildAction('pull-images', about, { images, digests: composeLayout(stack.directory).digests })
}

/** Empty where a ready image has everything. */
function writeSources(stack: Stack, needs: readonly string[]): readonly Action[] {
  if (requireImages(stack).mlflow !== 'build') return []
  const { dockerfile, requirements, digests } = composeLayout(stack.directory)
  const packages = requirementsOf(stack)
  const list = buildAction(
    'write-file',
    { name: requirements, title: 'requirements.txt', detail: packages.join(', '), needs },
    {
      path: requirements,
      template: 'compose/mlflow/requirements.txt.hbs',
      values: { requirements: [...packages] },
      mode: 0o644,
      comment: '#',
    },
  )
  const file = buildAction(
    'write-image-file',
    { name: dockerfile, title: 'Dockerfile', detail: 'of MLflow', needs },
    {
      path: dockerfile,
      template: 'compose/mlflow/Dockerfile.hbs',
      values: { images: imagesOf(stack) },
      digests,
      mode: 0o644,
    },
  )
  return [list, file]
}

/** After compose.yaml, which says how. */
function buildOwnImage(stack: Stack, needs: readonly string[]): readonly Action[] {
  if (requireImages(stack).mlflow !== 'build') return []
  const { dockerfile, requirements, builtMark } = composeLayout(stack.directory)
  const { mlflowVersion } = stack.spec
  const tag = mlflowImage(stack)
  const about = {
    name: tag,
    title: `MLflow ${mlflowVersion} image`,
    detail: `with ${requirementsOf(stack)
      .map((requirement) => requirement.replace(/==.*/u, ''))
      .join(', ')}`,
    needs,
  }
  const sources = [dockerfile, requirements]
  const input = { stackDirectory: stack.directory, service: 'mlflow', tag, sources, mark: builtMark }
  const refreshOn = [`write-image-file:${dockerfile}`, `write-file:${requirements}`]
  return [buildAction('build-image', { ...about, refreshOn }, input)]
}

/** Stores that were there before are looked at, and filled with what is missing, from this machine. */
function existingStores(stack: Stack, needs: readonly string[]): readonly Action[] {
  const postgres = postgresOf(stack)
  const bucket = objectStoreOf(stack.spec)?.managed === undefined ? bucketPart(stack, needs) : []
  return [...(postgres?.managed === false ? [createDatabase(stack, postgres, needs)] : []), ...bucket]
}

function bucketPart(stack: Stack, [folders = '']: readonly string[]): readonly Action[] {
  return buildBucketPart(stack, { folders, environment: '', packages: '' })?.actions ?? []
}

function writeComposeFile(stack: Stack, needs: readonly string[]): ActionOf<'write-compose-file'> {
  const { compose: path, digests } = composeLayout(stack.directory)
  const about = { name: path, title: 'compose.yaml', detail: 'what Docker runs', needs }
  return buildAction('write-compose-file', about, {
    path,
    template: 'compose/compose.yaml.hbs',
    values: buildComposeValues(stack),
    digests,
    mode: 0o644,
    stackDirectory: stack.directory,
    volumes: dataVolumes(stack),
  })
}

/** What the jobs make first is told by its name. */
const MADE_FIRST: Readonly<Record<string, string>> = { database: 'tables', bucket: 'bucket' }

function describeServices(services: readonly ContainerService[]): string {
  const lasting = services.filter(({ job }) => !job).map(({ name }) => name)
  const made = services.flatMap(({ name, job }) => (job ? (MADE_FIRST[name] ?? []) : []))
  return `${lasting.join(', ')}${made.length === 0 ? '' : `; ${made.join(' and ')} come first`}`
}

function runContainers(stack: Stack, services: readonly ContainerService[], prepared: readonly Action[]): Action {
  const ids = prepared.map(({ id }) => id)
  const about = {
    name: stack.spec.name,
    title: 'containers',
    detail: describeServices(services),
    needs: ids,
    refreshOn: ids.filter((id) =>
      /^(write-(file|compose-file|container-nginx)|build-image|prepare-model|(make|install)-certificate|install-roots):/u.test(
        id,
      ),
    ),
  }
  const { compose: file, env, overrides, startedMark: mark } = composeLayout(stack.directory)
  const describedBy = [file, env, ...overrides]
  const input = { ...projectOf(stack), services, describedBy, mark }
  return buildAction('run-containers', about, input)
}
