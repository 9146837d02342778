// In: Answers. Out: Stack, what is wanted; and back again for an existing one.
import { isAbsolute, normalize, relative } from 'node:path'
import type { Answers } from '../answers/answers.ts'
import { inContainers, isProxied, usesOthersPostgres, usesPostgres, usesS3 } from '../answers/conditions.ts'
import { isLoopback } from '../answers/public-address.ts'
import { NGINX_IMAGE, POSTGRES_IMAGE, STORE_IMAGES } from './images.ts'
import { answersFromStores, ARTIFACTS, FILE_STORE, postgresFrom, s3From, SQLITE_FILE } from './stores-from-answers.ts'
import { needed } from './needed-answer.ts'
import type {
  ArtifactStore,
  Auth,
  BackendStore,
  Images,
  ManagedObjectStore,
  Proxy,
  Stack,
  StackSpec,
  Tls,
} from './spec.ts'

/**
 * Complete answers (as `resolveAnswers` returns them) become a stack. `previous` keeps what no question asks for.
 * Throws when an answer is missing: that is a fault of the catalogue.
 */
export function stackFromAnswers(answers: Partial<Answers>, previous: StackSpec | undefined): Stack {
  const scenario = needed(answers, 'scenario')
  const directory = needed(answers, 'dir')
  const runAs = answers.runAs === 'none' ? undefined : answers.runAs
  return {
    directory,
    spec: {
      schemaVersion: 1,
      name: needed(answers, 'name'),
      scenario,
      target: needed(answers, 'target'),
      mlflowVersion: needed(answers, 'mlflowVersion'),
      ...serverFrom(answers),
      artifactsPort: scenario === 6 && !inContainers(answers) ? needed(answers, 'artifactsPort') : undefined,
      backendStore: backendStoreFrom(answers, directory),
      artifactStore: artifactStoreFrom(answers, directory),
      runAs,
      python: inContainers(answers) ? undefined : needed(answers, 'python'),
      images: imagesFrom(answers, previous),
      ...guestsFrom(answers, previous),
      environment: previous?.environment ?? {},
    },
  }
}

type ServerKeys = 'publicUrl' | 'port' | 'proxy' | 'auth' | 'tls' | 'service' | 'workers'

const WITHOUT_SERVER: Pick<StackSpec, ServerKeys> = {
  publicUrl: undefined,
  port: undefined,
  proxy: { kind: 'none' },
  auth: { kind: 'none' },
  tls: { kind: 'off' },
  service: 'none',
  workers: 0,
}

function serverFrom(answers: Partial<Answers>): Pick<StackSpec, ServerKeys> {
  if (needed(answers, 'scenario') <= 2) return WITHOUT_SERVER
  const publicUrl = needed(answers, 'publicUrl')
  const proxy = proxyFrom(answers)
  return {
    publicUrl,
    port:
      proxy.kind === 'container' || (proxy.kind === 'none' && isLoopback(publicUrl))
        ? undefined
        : needed(answers, 'port'),
    proxy,
    auth: authFrom(answers),
    tls: proxy.kind === 'none' ? { kind: 'off' } : tlsFrom(answers),
    service: inContainers(answers) ? 'none' : needed(answers, 'service'),
    workers: needed(answers, 'workers'),
  }
}

function proxyFrom(answers: Partial<Answers>): Proxy {
  const kind = needed(answers, 'proxy')
  if (kind === 'none') return { kind }
  const networks = needed(answers, 'allowFrom')
  const allowFrom = networks === 'all' ? [] : networks.split(',')
  return inContainers(answers)
    ? { kind: 'container', allowFrom }
    : { kind, program: needed(answers, 'nginx'), allowFrom }
}

function authFrom(answers: Partial<Answers>): Auth {
  const kind = needed(answers, 'auth')
  return kind === 'none' ? { kind } : { kind, adminUser: needed(answers, 'adminUser') }
}

function tlsFrom(answers: Partial<Answers>): Tls {
  const kind = needed(answers, 'tls')
  if (kind !== 'files') return { kind }
  return { kind, certificate: needed(answers, 'tlsCert'), key: needed(answers, 'tlsKey') }
}

function backendStoreFrom(answers: Partial<Answers>, directory: string): BackendStore {
  if (answers.scenario === 1) return { kind: 'file', path: FILE_STORE }
  const given = needed(answers, 'backendStore')
  const postgres = postgresFrom(answers)
  if (postgres !== undefined) return postgres
  return {
    kind: 'sqlite',
    path: given === 'sqlite' ? SQLITE_FILE : inStack(given.replace(/^sqlite:\/\/\//, ''), directory),
  }
}

function artifactStoreFrom(answers: Partial<Answers>, directory: string): ArtifactStore {
  // A file store keeps the files of its runs beside the runs.
  if (answers.scenario === 1) return { kind: 'local', path: FILE_STORE }
  const given = needed(answers, 'artifactStore')
  return s3From(answers) ?? { kind: 'local', path: given === 'local' ? ARTIFACTS : inStack(given, directory) }
}

/** Paths inside the stack directory are kept relative, so that the directory can be moved. */
function inStack(path: string, directory: string): string {
  if (!isAbsolute(path)) return normalize(path)
  const inside = relative(directory, path)
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside
}

/** What a stack has counts until somebody edits its file: a new release of ours changes no image by itself. */
function imagesFrom(answers: Partial<Answers>, previous: StackSpec | undefined): Images | undefined {
  if (!inContainers(answers)) return undefined
  const kept = previous?.images
  const store = answers.managedS3 === 'seaweedfs' || answers.managedS3 === 'rustfs' ? answers.managedS3 : undefined
  const sameStore = store === managedStoreOf(previous)
  return {
    mlflow: needed(answers, 'mlflowImage'),
    base: needed(answers, 'mlflowImage') === 'build' ? kept?.base : undefined,
    nginx: isProxied(answers) ? (kept?.nginx ?? NGINX_IMAGE) : undefined,
    postgres: usesPostgres(answers) && !usesOthersPostgres(answers) ? (kept?.postgres ?? POSTGRES_IMAGE) : undefined,
    objectStore:
      usesS3(answers) && store !== undefined
        ? ((sameStore ? kept?.objectStore : undefined) ?? STORE_IMAGES[store])
        : undefined,
  }
}

/** What runs beside the server, where nginx leads to it. */
function guestsFrom(answers: Partial<Answers>, previous: StackSpec | undefined): Pick<StackSpec, 'notebook' | 'model'> {
  if (!inContainers(answers) || !isProxied(answers)) return {}
  return {
    ...(answers.notebook === 'yes' ? { notebook: true } : {}),
    ...(previous?.model === undefined ? {} : { model: previous.model }),
  }
}

function managedStoreOf(spec: StackSpec | undefined): ManagedObjectStore | undefined {
  return spec?.artifactStore.kind === 's3' ? spec.artifactStore.managed : undefined
}

/** The answers that lead to this stack: where the wizard starts when it is run again. */
export function answersFromStack({ directory, spec }: Stack): Partial<Answers> {
  const target = spec.target === 'native' || spec.target === 'compose' ? { target: spec.target } : {}
  return {
    dir: directory,
    name: spec.name,
    scenario: spec.scenario,
    ...target,
    mlflowVersion: spec.mlflowVersion,
    ...(spec.python === undefined ? {} : { python: spec.python }),
    ...(spec.images === undefined ? {} : { mlflowImage: spec.images.mlflow }),
    ...(spec.proxy.kind === 'container' ? { notebook: spec.notebook === true ? 'yes' : 'no' } : {}),
    ...(spec.publicUrl === undefined ? {} : answersFromServer(spec, spec.publicUrl)),
    ...answersFromStores(spec),
  }
}

function answersFromServer(spec: StackSpec, publicUrl: string): Partial<Answers> {
  const { proxy, auth, tls, port, artifactsPort, service, workers, scenario, runAs, target } = spec
  return {
    publicUrl,
    proxy: proxy.kind === 'container' ? 'managed' : proxy.kind,
    ...(proxy.kind === 'none'
      ? {}
      : {
          ...(proxy.kind === 'container' ? {} : { nginx: proxy.program }),
          allowFrom: proxy.allowFrom.length === 0 ? 'all' : proxy.allowFrom.join(','),
          tls: tls.kind,
        }),
    ...(tls.kind === 'files' ? { tlsCert: tls.certificate, tlsKey: tls.key } : {}),
    auth: auth.kind,
    ...(auth.kind === 'none' ? {} : { adminUser: auth.adminUser }),
    ...(port === undefined ? {} : { port }),
    ...(artifactsPort === undefined ? {} : { artifactsPort }),
    ...(service === 'none' ? {} : { service }),
    workers,
    ...(scenario >= 4 && target === 'native' ? { runAs: runAs ?? 'none' } : {}),
  }
}
