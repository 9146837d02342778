// In: a spec whose keys are right one by one. Out: what does not go with its target.
import { whyNotBesides } from '../answers/questions/managed-s3.ts'
import { majorOfTag } from '../formats/image-name.ts'
import type { Contradiction } from './contradiction.ts'
import { OWN_STORE } from './object-store.ts'
import type { WrittenSpec } from './spec-schema.ts'
import { SQLITE_FILE } from './stores-from-answers.ts'

/** What runs in containers, and what runs on the machine itself, are described by different keys. */
export function ofTarget(spec: WrittenSpec): readonly Contradiction[] {
  const found =
    spec.target === 'native' ? ofNative(spec) : [...ofContainers(spec), ...ofOwnParts(spec), ...ofOwnStore(spec)]
  return [...found, ...ofGuests(spec)]
}

function ofNative({ backendStore, artifactStore, proxy, python, images }: WrittenSpec): readonly Contradiction[] {
  const found: Contradiction[] = []
  const refuse = (key: Contradiction['key'], message: string) => void found.push({ key, message })
  if (python === undefined) refuse('python', 'is missing: the Python to build on')
  if (images !== undefined) refuse('images', 'does not apply to target native')
  if (backendStore.kind === 'postgres' && backendStore.managed === 'container')
    refuse('backendStore', 'has managed: container, which needs target compose')
  if (artifactStore.kind === 's3' && artifactStore.managed !== undefined)
    refuse('artifactStore', 'has managed, which needs target compose')
  if (proxy?.kind === 'container') refuse('proxy', 'is a container, which needs target compose')
  return found
}

function ofContainers(spec: WrittenSpec): readonly Contradiction[] {
  const { target, scenario, backendStore, proxy } = spec
  const found: Contradiction[] = []
  const refuse = (key: Contradiction['key'], message: string) => void found.push({ key, message })
  if (scenario <= 2) refuse('target', `is compose, and scenario ${scenario} has no server that could run there`)
  for (const key of ['python', 'service', 'runAs'] as const)
    if (spec[key] !== undefined) refuse(key, `does not apply to target ${target}`)
  if (backendStore.kind === 'postgres' && backendStore.managed === false && backendStore.host.startsWith('/'))
    refuse('backendStore', 'has the folder of a socket as its host, which containers do not see; take 127.0.0.1')
  if (backendStore.kind === 'postgres' && backendStore.managed === true)
    refuse('backendStore', 'has managed: true; in target compose it is managed: container')
  if (backendStore.kind === 'sqlite' && backendStore.path !== SQLITE_FILE)
    refuse('backendStore', `must have path ${SQLITE_FILE} in target compose, where the file is in a volume`)
  if (proxy?.kind === 'managed' || proxy?.kind === 'system')
    refuse('proxy', 'must have kind container in target compose')
  return found
}

/** What runs beside the server is reached through nginx only. */
function ofGuests({ target, proxy, notebook, model }: WrittenSpec): readonly Contradiction[] {
  if (target === 'compose' && proxy?.kind === 'container') return []
  const message = 'needs target compose and proxy: it is reached through nginx'
  return [
    ...(notebook === undefined ? [] : [{ key: 'notebook', message } as const]),
    ...(model === undefined ? [] : [{ key: 'model', message } as const]),
  ]
}

/** What runs in a container has an image. */
function ofOwnParts({ backendStore, artifactStore, proxy, images }: WrittenSpec): readonly Contradiction[] {
  if (images === undefined)
    return [{ key: 'images', message: 'is missing: mlflow, and those of what the stack runs itself' }]
  const wanted = {
    postgres: backendStore.kind === 'postgres' && backendStore.managed === 'container',
    objectStore: artifactStore.kind === 's3' && artifactStore.managed !== undefined,
    nginx: proxy?.kind === 'container',
  }
  const missing = (['postgres', 'objectStore', 'nginx'] as const)
    .filter((part) => wanted[part] && images[part] === undefined)
    .map((part): Contradiction => ({ key: 'images', message: `has no ${part}` }))
  if (images.base !== undefined && images.mlflow !== 'build')
    return [...missing, { key: 'images', message: 'has base, which only mlflow: build is made from' }]
  const nameless = wanted.postgres && images.postgres !== undefined && majorOfTag(images.postgres) === undefined
  return nameless ? [...missing, { key: 'images', message: NO_MAJOR }] : missing
}

/** The next pull could bring another major version, and where data is in its container depends on it. */
const NO_MAJOR =
  'has a postgres whose tag does not begin with a major version, such as postgres:17: it reads only what the same one wrote'

/** A store of the stack's own is where the stack puts it. */
function ofOwnStore({ artifactStore, scenario, publicUrl, proxy }: WrittenSpec): readonly Contradiction[] {
  if (artifactStore.kind !== 's3' || artifactStore.managed === undefined) return []
  const { managed, endpoint, publicEndpoint } = artifactStore
  const found: Contradiction[] = []
  const refuse = (message: string) => void found.push({ key: 'artifactStore', message })
  if (endpoint !== undefined && endpoint !== OWN_STORE.endpoint)
    refuse(`has managed: ${managed} and the endpoint of another store; remove one of them`)
  for (const key of ['region', 'addressing', 'checksums', 'caFile', 'credentials'] as const)
    if (artifactStore[key] !== undefined && artifactStore[key] !== OWN_STORE[key])
      refuse(`has ${key}, which is not for you to choose with managed: ${managed}; remove it`)
  if (scenario !== 4) {
    if (publicEndpoint !== undefined) refuse('has publicEndpoint, but only the clients of scenario 4 go to the store')
    return found
  }
  if (proxy?.kind !== 'container') refuse('has managed, and without proxy the clients of scenario 4 do not get to it')
  if (publicEndpoint === undefined) refuse('has no publicEndpoint, where the clients of scenario 4 get to it')
  else if (publicUrl !== undefined) {
    const why = whyNotBesides(publicEndpoint, publicUrl)
    if (why !== undefined) refuse(`has publicEndpoint ${publicEndpoint}, which ${why}`)
  }
  return found
}
