// In: nothing. Out: the question about a store of the stack's own, and where nginx shows it to clients.
import { picklist } from 'valibot'
import { inContainers, isGiven, isProxied, usesOthersS3, usesS3 } from '../conditions.ts'
import { portOf } from '../public-address.ts'
import { question } from '../question.ts'
import type { Answers } from '../answers.ts'

const STORES = ['seaweedfs', 'rustfs', 'none'] as const

/** Who answers one of these has a store. */
const OTHERS = [
  's3Endpoint',
  's3Region',
  's3CaFile',
  's3Addressing',
  's3Checksums',
  's3Credentials',
  'awsProfile',
] as const satisfies readonly (keyof Answers)[]

export const managedS3 = question({
  id: 'managedS3',
  kind: 'text',
  choices: STORES,
  group: 'S3',
  placeholder: '<program>',
  summary:
    'the object store that the stack runs itself, in a container: seaweedfs, rustfs, or none for one that is there',
  ask: 'Where should files live?',
  asks: ({ artifactStore }) => artifactStore === 's3',
  when: (answers) => usesS3(answers) && inContainers(answers),
  whenNot: 'does not apply: only a stack of containers with its files in a bucket runs a store; see --target',
  options: () => [
    { value: 'seaweedfs', label: 'In SeaweedFS', hint: 'a container of the stack, which speaks S3' },
    { value: 'rustfs', label: 'In RustFS', hint: 'the same; our tests do not run it' },
    { value: 'none', label: 'In a store that is there', hint: 'AWS, or anything that speaks S3' },
  ],
  schema: picklist(STORES, 'is not one of seaweedfs, rustfs, none'),
  conflict: (value, answers) =>
    value !== 'none' && answers.scenario === 4 && !isProxied(answers)
      ? 'needs nginx, through which the clients of scenario 4 reach it; see --proxy'
      : undefined,
  implied: (facts) => (isGiven(facts, ...OTHERS) ? 'none' : undefined),
  default: ({ artifactStore = '' }, { aws: { endpoint }, secrets }) => {
    // Keys in the environment are everybody's; a bucket or an endpoint beside them is meant.
    const named = artifactStore.includes('://') && secrets.includes('AWS_ACCESS_KEY_ID')
    if (endpoint !== undefined) return { value: 'none', why: `${endpoint.variable} is set` }
    return named ? { value: 'none', why: 'AWS_ACCESS_KEY_ID is set' } : { value: 'seaweedfs' }
  },
  defaultInWords: 'seaweedfs; none where an endpoint, or a bucket and keys, are given',
})

/** Clients of scenario 4 go to the store themselves; one in a container is reached through nginx, at a port of its own. */
export function isShownByNginx(answers: Partial<Answers>): boolean {
  return usesS3(answers) && !usesOthersS3(answers) && answers.scenario === 4
}

const STORE_PORT = 9000

export function besides(publicUrl: string): string {
  const url = new URL(publicUrl)
  return `${url.protocol}//${url.hostname}:${portOf(url) === STORE_PORT ? STORE_PORT + 1 : STORE_PORT}`
}

/** The same nginx answers at both, with one certificate. */
export function whyNotBesides(value: string, publicUrl: string): string | undefined {
  if (value === 'none') return 'leaves the clients of scenario 4 without a way to the store; give an address'
  const [store, server] = [new URL(value), new URL(publicUrl)]
  if (store.protocol !== server.protocol || store.hostname !== server.hostname)
    return `is not at ${server.protocol}//${server.hostname}, where nginx leads clients to both; only the port may differ`
  return portOf(store) === portOf(server) ? 'is the port of --public-url; take another one' : undefined
}
