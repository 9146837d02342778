// In: nothing. Out: what each key of mlflow-setup.yaml allows by itself.
import * as v from 'valibot'
import {
  EXACT_VERSION,
  LOGIN_NAME,
  LONGEST_STACK_NAME,
  REGION,
  STACK_NAME,
  SYSTEM_USER,
  whyNotDatabaseHost,
  whyNotDatabaseName,
  whyNotRoleName,
  type NameForm,
} from '../answers/names.ts'
import { whyNotNetwork } from '../answers/networks.ts'
import { whyNotVersion } from '../answers/pinned-version.ts'
import { serverAddressOf } from '../answers/public-address.ts'
import { objectPrefixOf, whyNotBucketName } from '../formats/bucket-name.ts'
import { whyNotImage } from '../formats/image-name.ts'
import { whyNotModelUri } from '../formats/model-uri.ts'
import { objectStoreEndpointOf } from '../formats/object-store-endpoint.ts'

const ONE_LINE = /^[^\r\n\0]*$/
/** What `problemOf` has nothing against. */
const checked = (problemOf: (value: string) => string | undefined) =>
  v.check<string, (issue: v.CheckIssue<string>) => string>(
    (value) => problemOf(value) === undefined,
    (issue) => problemOf(issue.input) ?? '',
  )
const formed = ({ pattern, fault }: NameForm) => v.regex(pattern, fault)
/** What a reader of addresses or prefixes says of one that it does not take. */
const problemIn = (read: (value: string) => object) => (value: string) => {
  const parsed = read(value)
  return 'problem' in parsed && typeof parsed.problem === 'string' ? parsed.problem : undefined
}
const text = v.pipe(v.string('must be text'), v.minLength(1, 'is empty'), v.regex(ONE_LINE, 'has a line break in it'))
const path = v.pipe(v.string('must be a path'), v.minLength(1, 'is empty'), v.regex(ONE_LINE, 'has a line break in it'))
const absolute = v.pipe(path, v.startsWith('/', 'must be an absolute path'))
const address = v.pipe(
  v.string('must be an address such as http://127.0.0.1:5000'),
  checked(problemIn(serverAddressOf)),
)
const endpoint = v.pipe(
  v.string('must be an address such as http://10.0.0.5:9000'),
  checked(problemIn(objectStoreEndpointOf)),
)
const databaseName = v.pipe(text, checked(whyNotDatabaseName))
const roleName = v.pipe(text, checked(whyNotRoleName))
const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(least, `must be ${least} or more`),
    v.maxValue(most, `must be ${most} or less`),
  )
const choice = <const T extends readonly string[]>(...values: T) =>
  v.picklist(values, `must be ${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`)
const variable = v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not the name of a variable'))
const setting = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], 'must be one value'),
  v.transform(String),
  v.regex(ONE_LINE, 'has a line break in it'),
)

const file = <const K extends string>(kind: K) => v.strictObject({ kind: v.literal(kind), path })
const existingPostgres = v.strictObject({
  kind: v.literal('postgres'),
  managed: v.literal(false),
  host: v.pipe(text, checked(whyNotDatabaseHost)),
  port: v.optional(wholeNumber(1, 65_535), 5432),
  database: databaseName,
  user: roleName,
  sslMode: v.optional(choice('disable', 'prefer', 'require', 'verify-ca', 'verify-full'), 'prefer'),
  caFile: v.optional(absolute),
  admin: v.optional(choice('peer', 'url', 'none'), 'none'),
})
const managedPostgres = v.strictObject({
  kind: v.literal('postgres'),
  managed: v.literal(true),
  database: databaseName,
  user: roleName,
  programs: absolute,
})
const containerPostgres = v.strictObject({
  kind: v.literal('postgres'),
  managed: v.literal('container'),
  database: databaseName,
  user: roleName,
})
const backendStore = v.variant(
  'kind',
  [
    file('sqlite'),
    file('file'),
    v.variant(
      'managed',
      [existingPostgres, managedPostgres, containerPostgres],
      'must have managed: true, managed: container or managed: false',
    ),
  ],
  'must have kind sqlite, file or postgres',
)

const s3 = v.strictObject({
  kind: v.literal('s3'),
  bucket: v.pipe(text, checked(whyNotBucketName)),
  prefix: v.optional(
    v.pipe(
      v.string('must be text'),
      v.regex(/^(?!\/)[^\r\n\0]*(?<!\/)$/, 'must not begin or end with /'),
      checked(problemIn(objectPrefixOf)),
    ),
    '',
  ),
  region: v.optional(v.pipe(text, formed(REGION)), 'us-east-1'),
  endpoint: v.optional(endpoint),
  publicEndpoint: v.optional(endpoint),
  addressing: v.optional(choice('path', 'virtual')),
  checksums: v.optional(choice('when_required', 'when_supported')),
  caFile: v.optional(absolute),
  credentials: v.optional(choice('keys', 'role'), 'keys'),
  managed: v.optional(choice('seaweedfs', 'rustfs')),
})
const artifactStore = v.variant('kind', [file('local'), s3], 'must have kind local or s3')

const network = v.pipe(v.string('must be a network such as 10.0.0.0/8'), checked(whyNotNetwork))
const nginx = <const K extends 'managed' | 'system'>(kind: K) =>
  v.strictObject({
    kind: v.literal(kind),
    program: absolute,
    allowFrom: v.optional(v.array(network, 'must be a list of networks'), []),
  })
const none = v.strictObject({ kind: v.literal('none') })
const containerNginx = v.strictObject({
  kind: v.literal('container'),
  allowFrom: v.optional(v.array(network, 'must be a list of networks'), []),
})
const proxy = v.variant(
  'kind',
  [none, nginx('managed'), nginx('system'), containerNginx],
  'must have kind none, managed, system or container',
)

const image = v.pipe(v.string('must be the name of an image'), checked(whyNotImage))
const readyImage = v.pipe(
  image,
  v.check((value) => value !== 'build', 'is a word for mlflow alone; name an image'),
)
const images = v.strictObject({
  mlflow: image,
  base: v.optional(readyImage),
  nginx: v.optional(readyImage),
  postgres: v.optional(readyImage),
  objectStore: v.optional(readyImage),
})

const model = v.strictObject({ uri: v.pipe(v.string('must be the URI of a model'), checked(whyNotModelUri)) })

const adminUser = v.pipe(v.string('must be a name'), formed(LOGIN_NAME))
const login = <const K extends string>(kind: K) => v.strictObject({ kind: v.literal(kind), adminUser })
const auth = v.variant(
  'kind',
  [none, login('htpasswd'), login('basic-auth')],
  'must have kind none, htpasswd or basic-auth',
)

const tls = v.variant(
  'kind',
  [
    v.strictObject({ kind: v.literal('off') }),
    v.strictObject({ kind: v.literal('self-signed') }),
    v.strictObject({ kind: v.literal('files'), certificate: absolute, key: absolute }),
  ],
  'must have kind off, self-signed or files',
)

/** What a person may write; `parseSpec` fills in the rest. */
export const specSchema = v.strictObject({
  schemaVersion: v.literal(1, 'must be 1'),
  name: v.pipe(
    v.string('must be a name'),
    v.maxLength(LONGEST_STACK_NAME, `is longer than ${LONGEST_STACK_NAME} characters`),
    formed(STACK_NAME),
  ),
  scenario: v.picklist([1, 2, 3, 4, 5, 6], 'must be 1, 2, 3, 4, 5 or 6'),
  target: choice('native', 'compose'),
  mlflowVersion: v.pipe(
    v.string('must be a version in quotes, such as "3.17.2"'),
    formed(EXACT_VERSION),
    checked(whyNotVersion),
  ),
  publicUrl: v.optional(address),
  port: v.optional(wholeNumber(1024, 65_535)),
  artifactsPort: v.optional(wholeNumber(1024, 65_535)),
  backendStore,
  artifactStore,
  proxy: v.optional(proxy),
  auth: v.optional(auth),
  tls: v.optional(tls),
  service: v.optional(choice('systemd', 'systemd-user', 'background')),
  runAs: v.optional(v.pipe(v.string('must be a user'), formed(SYSTEM_USER))),
  workers: v.optional(wholeNumber(1, 64)),
  python: v.optional(path),
  images: v.optional(images),
  notebook: v.optional(v.literal(true, 'must be true, or not be there')),
  model: v.optional(model),
  environment: v.optional(v.record(variable, setting, 'must be a list of variables with their values'), {}),
})

export type WrittenSpec = v.InferOutput<typeof specSchema>

/** The keys that may stand beside each other at a place of the file, for whoever misspelt one. */
export function knownKeysAt(keys: readonly (string | number)[]): readonly string[] {
  const [first] = keys
  if (keys.length <= 1 || !isBlock(first)) return Object.keys(specSchema.entries)
  return BLOCKS[first]
}

type Block = 'backendStore' | 'artifactStore' | 'proxy' | 'auth' | 'tls' | 'images' | 'model'

const BLOCKS: Readonly<Record<Block, readonly string[]>> = {
  backendStore: [...Object.keys(existingPostgres.entries), 'path', 'programs'],
  artifactStore: ['path', ...Object.keys(s3.entries)],
  proxy: Object.keys(nginx('managed').entries),
  auth: ['kind', 'adminUser'],
  tls: ['kind', 'certificate', 'key'],
  images: Object.keys(images.entries),
  model: Object.keys(model.entries),
}

function isBlock(key: string | number | undefined): key is Block {
  return typeof key === 'string' && key in BLOCKS
}
