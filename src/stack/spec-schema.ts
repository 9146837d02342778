// In: nothing. Out: what each key of mlflow-setup.yaml allows by itself.
import * as v from 'valibot'
import { whyNotNetwork } from '../answers/networks.ts'
import { serverAddressOf } from '../answers/public-address.ts'

const ONE_LINE = /^[^\r\n\0]*$/
const text = v.pipe(v.string('must be text'), v.minLength(1, 'is empty'), v.regex(ONE_LINE, 'has a line break in it'))
const path = v.pipe(v.string('must be a path'), v.minLength(1, 'is empty'), v.regex(ONE_LINE, 'has a line break in it'))
const absolute = v.pipe(path, v.startsWith('/', 'must be an absolute path'))
const address = v.pipe(
  v.string('must be an address such as http://127.0.0.1:5000'),
  v.check((value) => !('problem' in serverAddressOf(value)), 'must be an address such as http://127.0.0.1:5000'),
)
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
  host: text,
  port: v.optional(wholeNumber(1, 65_535), 5432),
  database: text,
  user: text,
  sslMode: v.optional(choice('disable', 'prefer', 'require', 'verify-ca', 'verify-full'), 'prefer'),
  caFile: v.optional(absolute),
  admin: v.optional(choice('peer', 'url', 'none'), 'none'),
})
const managedPostgres = v.strictObject({
  kind: v.literal('postgres'),
  managed: v.literal(true),
  database: text,
  user: text,
  programs: absolute,
})
const backendStore = v.variant(
  'kind',
  [
    file('sqlite'),
    file('file'),
    v.variant('managed', [existingPostgres, managedPostgres], 'must have managed: true or managed: false'),
  ],
  'must have kind sqlite, file or postgres',
)

const s3 = v.strictObject({
  kind: v.literal('s3'),
  bucket: text,
  prefix: v.optional(
    v.pipe(v.string('must be text'), v.regex(/^(?!\/)[^\r\n\0]*(?<!\/)$/, 'must not begin or end with /')),
    '',
  ),
  region: v.optional(text, 'us-east-1'),
  endpoint: v.optional(address),
  publicEndpoint: v.optional(address),
  addressing: v.optional(choice('path', 'virtual')),
  checksums: v.optional(choice('when_required', 'when_supported')),
  caFile: v.optional(absolute),
  credentials: v.optional(choice('keys', 'role'), 'keys'),
})
const artifactStore = v.variant('kind', [file('local'), s3], 'must have kind local or s3')

const network = v.pipe(
  v.string('must be a network such as 10.0.0.0/8'),
  v.check(
    (value) => whyNotNetwork(value) === undefined,
    (issue) => whyNotNetwork(issue.input) ?? '',
  ),
)
const nginx = <const K extends 'managed' | 'system'>(kind: K) =>
  v.strictObject({
    kind: v.literal(kind),
    program: absolute,
    allowFrom: v.optional(v.array(network, 'must be a list of networks'), []),
  })
const none = v.strictObject({ kind: v.literal('none') })
const proxy = v.variant('kind', [none, nginx('managed'), nginx('system')], 'must have kind none, managed or system')

const adminUser = v.pipe(
  v.string('must be a name'),
  v.regex(/^[^\s:\p{Cc}]{1,64}$/u, 'must be a name without : and spaces'),
)
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
    v.maxLength(40, 'is longer than 40 characters'),
    v.regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, 'must be lower-case letters, digits and dashes, a letter first'),
  ),
  scenario: v.picklist([1, 2, 3, 4, 5, 6], 'must be 1, 2, 3, 4, 5 or 6'),
  target: v.picklist(['native'], 'must be native'),
  mlflowVersion: v.pipe(
    v.string('must be a version in quotes, such as "3.17.2"'),
    v.regex(/^\d+\.\d+\.\d+((rc|\.post)\d+)?$/, 'must be an exact version such as 3.17.2'),
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
  runAs: v.optional(
    v.pipe(v.string('must be a user'), v.regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user')),
  ),
  workers: v.optional(wholeNumber(1, 64)),
  python: path,
  environment: v.optional(v.record(variable, setting, 'must be a list of variables with their values'), {}),
})

export type WrittenSpec = v.InferOutput<typeof specSchema>

/** The keys that may stand beside each other at a place of the file, for whoever misspelt one. */
export function knownKeysAt(keys: readonly (string | number)[]): readonly string[] {
  const [first] = keys
  if (keys.length <= 1 || !isBlock(first)) return Object.keys(specSchema.entries)
  return BLOCKS[first]
}

type Block = 'backendStore' | 'artifactStore' | 'proxy' | 'auth' | 'tls'

const BLOCKS: Readonly<Record<Block, readonly string[]>> = {
  backendStore: [...Object.keys(existingPostgres.entries), 'path', 'programs'],
  artifactStore: ['path', ...Object.keys(s3.entries)],
  proxy: Object.keys(nginx('managed').entries),
  auth: ['kind', 'adminUser'],
  tls: ['kind', 'certificate', 'key'],
}

function isBlock(key: string | number | undefined): key is Block {
  return typeof key === 'string' && key in BLOCKS
}
