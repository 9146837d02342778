import { describe, expect, it } from 'vitest'
import { toJsonSchema } from '@valibot/to-json-schema'
import { UserError } from '../../../src/errors.ts'
import { parseSpec } from '../../../src/stack/spec-file.ts'
import { specSchema } from '../../../src/stack/spec-schema.ts'
import { changedKeys, renderSpec } from '../../../src/stack/write-spec.ts'
import { BUCKET, fakeStack, SECURED } from '../../fakes/stack.ts'

const EXISTING = {
  kind: 'postgres',
  managed: false,
  host: 'db.example',
  port: 5433,
  database: 'mlflow',
  user: 'mlflow',
  sslMode: 'require',
  caFile: undefined,
  admin: 'url',
} as const

const TEXT = renderSpec(fakeStack().spec, undefined)

function faultsOf(text: string): readonly string[] {
  try {
    parseSpec(text, 'mlflow-setup.yaml')
  } catch (error) {
    if (error instanceof UserError)
      return error.problems.length > 0
        ? error.problems.map(({ name, message }) => `${name} ${message}`)
        : [error.message]
    throw error
  }
  throw new Error('no fault was found')
}

describe('a spec', () => {
  it.each([1, 2, 3, 4, 5, 6] as const)('of scenario %i is written, readable, and comes back', async (scenario) => {
    const { spec } = fakeStack(scenario)
    const text = renderSpec(spec, undefined)
    await expect(text).toMatchFileSnapshot(`../../snapshots/scenario-${scenario}/mlflow-setup.yaml`)
    expect(parseSpec(text, 'f')).toEqual(spec)
  })

  it.each([
    { publicUrl: 'https://ml.example/mlflow', port: 5010 },
    { environment: { MLFLOW_X: 'it\'s # "odd" %', N: '1' } },
    { python: '/opt/Prüf stand/bin/python3', backendStore: { kind: 'sqlite', path: '/srv/a b#c%/x.db' } },
    { mlflowVersion: '3.20.0' },
    { ...SECURED, auth: { kind: 'basic-auth', adminUser: 'root@ml' }, runAs: 'mlflow' },
    { ...SECURED, tls: { kind: 'files', certificate: '/etc/ssl/a b.pem', key: '/etc/ssl/a.key' } },
    { ...SECURED, proxy: { kind: 'system', program: '/usr/sbin/nginx', allowFrom: ['10.0.0.0/8', '2001:db8::/32'] } },
    {
      ...SECURED,
      artifactStore: { ...BUCKET, endpoint: undefined, prefix: 'a/b', addressing: 'virtual', credentials: 'role' },
    },
    { ...SECURED, artifactStore: { ...BUCKET, publicEndpoint: 'https://s3.ml.example', caFile: '/etc/ssl/ca.pem' } },
    { ...SECURED, backendStore: EXISTING },
    {
      ...SECURED,
      backendStore: { ...EXISTING, database: 'my "ml" flow', caFile: '/etc/ssl/pg.pem', sslMode: 'verify-full' },
    },
  ] as const)('comes back with %j', (changes) => {
    const { spec } = fakeStack(5, changes)
    expect(parseSpec(renderSpec(spec, undefined), 'f')).toEqual(spec)
  })

  it('keeps comments, order and keys of its user when values change', () => {
    const mine = `# mine\nname: mlflow # the name\n${TEXT.split('\n')
      .filter((line) => !/^(name|#)/.test(line))
      .join('\n')}`
    const text = renderSpec(fakeStack(3, { workers: 4 }).spec, mine)
    expect(text).toContain('# mine\nname: mlflow # the name\n')
    expect(text.replace('workers: 4', 'workers: 1')).toBe(mine)
  })

  it('keeps comments inside of blocks, and blocks that are as wanted in another order', () => {
    const { spec } = fakeStack(4)
    const mine = renderSpec(spec, undefined).replace('  bucket: mlflow\n', '  bucket: mlflow # of the lab\n')
    const flipped = mine.replace(/( {2}kind: managed\n)( {2}program: .*\n)/, '$2$1')
    const changed = renderSpec(
      { ...spec, artifactStore: { ...BUCKET, region: 'eu-west-1', endpoint: undefined } },
      flipped,
    )
    expect(changed).toContain('  bucket: mlflow # of the lab\n')
    expect(changed).toContain('proxy:\n  program: /usr/sbin/nginx\n  kind: managed\n')
    expect(changed).not.toContain('endpoint:')
    expect(renderSpec(spec, flipped)).toBe(flipped)
  })

  it('is completed where a store is described in short', () => {
    const short =
      'backendStore:\n  kind: postgres\n  managed: false\n  host: h\n  database: d\n  user: u\nartifactStore:\n  kind: s3\n  bucket: files\n'
    const text = renderSpec(fakeStack(5).spec, undefined).replace(/backendStore:[\s\S]*(?=service:)/, short)
    expect(parseSpec(text, 'f')).toMatchObject({
      backendStore: { port: 5432, sslMode: 'prefer', admin: 'none', caFile: undefined },
      artifactStore: {
        prefix: '',
        endpoint: undefined,
        addressing: 'virtual',
        checksums: 'when_supported',
        credentials: 'keys',
      },
    })
    expect(
      parseSpec(text.replace('bucket: files', 'bucket: files\n  endpoint: http://h:9000'), 'f').artifactStore,
    ).toMatchObject({
      addressing: 'path',
      checksums: 'when_required',
    })
  })

  it('drops what no longer applies', () => {
    const text = renderSpec(fakeStack(2).spec, TEXT)
    expect(text).not.toMatch(/publicUrl|service|workers/)
    expect(parseSpec(text, 'f')).toEqual(fakeStack(2).spec)
  })

  it('says which keys differ from another one', () => {
    expect(changedKeys(fakeStack(3).spec, fakeStack(3).spec)).toEqual([])
    expect(changedKeys(fakeStack(3).spec, fakeStack(5, { workers: 2 }).spec)).toEqual(['scenario', 'workers'])
  })
})

describe('faults are reported with line and column', () => {
  it.each([
    ['scenario: 3', 'scenario: 9', 'mlflow-setup.yaml:6:11 scenario is 9 but must be 1, 2, 3, 4, 5 or 6'],
    ['workers: 1', 'workerz: 1', 'mlflow-setup.yaml:17:1 workerz is not a known key; did you mean workers?'],
    [
      'name: mlflow',
      'name: My Stack',
      'mlflow-setup.yaml:5:7 name "My Stack" is not a name: use lower-case letters, digits and dashes, a letter first',
    ],
    ['workers: 1', 'workers: many', 'mlflow-setup.yaml:17:10 workers is "many" but must be a number'],
    [
      '  kind: sqlite',
      '  kind: mysql',
      'mlflow-setup.yaml:11:9 backendStore.kind is "mysql" but must have kind sqlite, file or postgres',
    ],
    ['  path: data/mlflow.db', '  pfad: data/mlflow.db', 'mlflow-setup.yaml:11:3 backendStore.path is missing'],
    [
      'publicUrl: http://127.0.0.1:5000',
      'publicUrl: 127.0.0.1:5000',
      'mlflow-setup.yaml:9:12 publicUrl "127.0.0.1:5000" has no scheme; write http://127.0.0.1:5000',
    ],
    ['publicUrl: http://127.0.0.1:5000\n', '', 'mlflow-setup.yaml:4:1 publicUrl is missing: scenario 3 has a server'],
    [
      'publicUrl: http://127.0.0.1:5000',
      'publicUrl: https://ml.example',
      'port is missing: the port on 127.0.0.1 that your proxy passes on to',
    ],
    ['scenario: 3', 'scenario: 2', 'mlflow-setup.yaml:9:12 publicUrl does not apply: scenario 2 has no server'],
    [
      'workers: 1',
      'workers: 1\nport: 5000',
      'mlflow-setup.yaml:18:7 port does not apply: the port is part of publicUrl',
    ],
    ['workers: 1', 'environment: {"A-B": 1}', 'is not the name of a variable'],
    ['scenario: 3', 'scenario: [', 'mlflow-setup.yaml:7:1 is not valid YAML.'],
  ])('%j → %j', (line, broken, fault) => {
    const faults = faultsOf(TEXT.replace(line, broken))
    expect(faults.join('\n')).toContain(fault)
  })

  it.each([
    [4, 'port: 5000\n', '', 'port is missing: the port on 127.0.0.1 that nginx passes on to'],
    [4, 'scenario: 4', 'scenario: 3', 'backendStore must have kind sqlite in scenario 3'],
    [
      4,
      /artifactStore:[\s\S]*(?=proxy:)/,
      'artifactStore:\n  kind: local\n  path: x\n',
      'artifactStore must have kind s3 in scenario 4',
    ],
    [4, 'kind: self-signed', 'kind: off', 'publicUrl is https:// but tls is off'],
    [4, 'https://ml.example', 'http://ml.example', 'tls does not go with http:// in publicUrl'],
    [4, /auth:\n.*\n.*\n/, '', 'auth is none, and nginx would let in everybody at publicUrl'],
    [4, /proxy:\n.*\n.*\n/, '', 'tls does not apply: without a proxy of the stack nothing speaks TLS'],
    [4, 'credentials: keys', 'credentials: role', 'artifactStore has credentials: role, which only AWS gives'],
    [4, 'bucket: mlflow', 'buckt: mlflow', 'artifactStore.buckt is not a known key; did you mean bucket?'],
    [
      4,
      'program: /usr/sbin/nginx',
      'program: /usr/sbin/nginx\n  allowFrom: [10.0.0.0/99]',
      'proxy.allowFrom.0 "10.0.0.0/99" has no length from 0 to 32 after the slash',
    ],
    [
      4,
      'programs: /usr',
      'programs: usr',
      'backendStore.programs is "usr/lib/postgresql/15/bin" but must be an absolute path',
    ],
    [4, 'bucket: mlflow', 'bucket: My_Files', 'artifactStore.bucket "My_Files" has capital letters; write them small'],
    [
      4,
      'endpoint: ',
      'endpoint: http://h:9000/files # ',
      'artifactStore.endpoint "http://h:9000/files" has a path; write http://h:9000 and name the bucket separately',
    ],
    [4, 'user: mlflow', 'user: pg_mlflow', 'backendStore.user "pg_mlflow" is a name that PostgreSQL keeps for itself'],
    [4, 'https://ml.example', 'https://ada:geheim@ml.example', 'publicUrl "https://ml.example" has a login in it'],
    [6, 'artifactsPort: 5001\n', '', 'artifactsPort is missing'],
    [6, 'artifactsPort: 5001', 'artifactsPort: 5000', 'artifactsPort is the same as port'],
    [4, 'https://ml.example', 'https://ml.example:5000', 'port is the port of publicUrl, where nginx listens'],
    [6, 'https://ml.example', 'https://ml.example:5001', 'artifactsPort is the port of publicUrl, where nginx listens'],
    [6, 'kind: htpasswd', 'kind: basic-auth', 'auth basic-auth goes with scenarios 4 and 5, not with 6'],
    [6, /proxy:\n.*\n.*\n/, '', 'scenario is 6 but proxy is none'],
    [6, 'scenario: 6', 'scenario: 2', 'artifactsPort does not apply: scenario 2 has no server'],
    [5, 'http://127.0.0.1:5000', 'https://localhost:5000', 'publicUrl has https on this machine, which needs proxy'],
    [5, 'http://127.0.0.1:5000', 'http://127.0.0.1:80', 'publicUrl has port 80, which needs proxy'],
  ] as const)('scenario %i: %j → %j', (scenario, line, broken, fault) => {
    const text = renderSpec(fakeStack(scenario).spec, undefined)
    expect(text.replace(line, broken)).not.toBe(text)
    expect(faultsOf(text.replace(line, broken)).join('\n')).toContain(fault)
  })

  it('all of them at once', () => {
    expect(faultsOf(TEXT.replace('scenario: 3', 'scenario: 9').replace('workers: 1', 'workers: 0'))).toHaveLength(2)
  })

  it.each(['', '42', '- a', 'null'])('also where there is no mapping: %j', (text) => {
    expect(faultsOf(text)).not.toEqual([])
  })
})

// Written by this test with `vitest -u`; it is put beside each spec for editors.
it('gives editors a schema', async () => {
  const schema = toJsonSchema(specSchema, { typeMode: 'input', errorMode: 'ignore' })
  await expect(`${JSON.stringify({ title: 'mlflow-setup.yaml', ...schema }, null, 2)}\n`).toMatchFileSnapshot(
    '../../../templates/schemas/mlflow-setup.schema.json',
  )
})
