import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { editAwsProfile } from '../../src/actions/edit-aws-profile.ts'
import { parseAwsIni } from '../../src/formats/aws-ini.ts'
import { findProfile } from '../../src/formats/aws-profile.ts'
import { Secret } from '../../src/secret.ts'
import { PINNED_MLFLOW_VERSION } from '../../src/answers/pinned-version.ts'
import type { EditAwsProfileInput } from '../../src/targets/action.ts'
import { makeActionPorts } from '../testbed/action-ports.ts'
import { mlflowPython } from '../testbed/mlflow-venv.ts'
import { need } from '../testbed/need.ts'
import { startStorage, storageProgram, type StorageServer } from '../testbed/storage-server.ts'

const execute = promisify(execFile)
let python = ''
let folder = ''

beforeAll(async () => {
  python = await mlflowPython(PINNED_MLFLOW_VERSION)
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-aws-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs a program with nothing but PATH, HOME and what the test adds; gives what it printed. */
async function inPython(program: string, env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const plain = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', AWS_EC2_METADATA_DISABLED: 'true' }
  const { stdout } = await execute(python, ['-c', program, ...args], { env: { ...plain, ...env }, maxBuffer: 1e8 })
  return stdout
}

/** What botocore makes of each text: its sections, or null where it refuses the file. */
const READ = `
import json, sys, botocore.configloader, botocore.exceptions
texts = json.load(open(sys.argv[1]))
answers = []
for text in texts:
    with open(sys.argv[1] + '.ini', 'w', newline='') as file: file.write(text)
    try: answers.append(botocore.configloader.load_config(sys.argv[1] + '.ini'))
    except botocore.exceptions.ConfigParseError: answers.append(None)
print(json.dumps(answers))
`

describe('the reader of AWS files', () => {
  const blank = fc.constantFrom('', '', ' ', '    ', '\t', '\u00A0', '\u2003')
  const key = fc.constantFrom('region', 'Region', 's3', 'a', 'a b', 'é')
  const value = fc.constantFrom('', 'x', ' x ', 'a = b', 'x # y', 'x ; y', '%(x)s', '"q"', '[v]')
  const line = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(blank, key, fc.constantFrom('=', ' = ', ':', ' '), value).map((parts) => parts.join('')),
    },
    fc
      .tuple(
        blank,
        fc.constantFrom(
          '[default]',
          '[profile x]',
          '[profile "x y"]',
          "[profile 'z']",
          '[DEFAULT]',
          '[x',
          '[]',
          '[a] b',
          '[services t]',
        ),
      )
      .map((parts) => parts.join('')),
    fc.tuple(blank, fc.constantFrom('', '# c', ';', '= v', 'k')).map((parts) => parts.join('')),
  )
  const file = fc
    .tuple(
      fc.array(line, { maxLength: 10 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.constantFrom('', '[default]\n', '\uFEFF'),
    )
    .map(([lines, end, first]) => first + lines.join(end))

  it('sees what botocore sees, and refuses what botocore refuses', async () => {
    const texts = [...fc.sample(file, 2500), ...fc.sample(fc.string({ unit: 'binary-ascii' }), 200)]
    const list = join(folder, 'texts.json')
    await writeFile(list, JSON.stringify(texts))
    const answers: unknown = JSON.parse(await inPython(READ, { HOME: folder }, [list]))
    const readable = texts.filter((text) => parseAwsIni(text).faults.length === 0)
    expect(readable.length).toBeGreaterThan(300)
    expect(texts.map((text) => profilesOf(text))).toEqual(Array.isArray(answers) ? answers.map(profilesIn) : [])
  })
})

/** The profiles `default`, `x`, `x y` and `z` as our reader sees them; null where it refuses the file. */
function profilesOf(text: string): unknown {
  const ini = parseAwsIni(text)
  if (ini.faults.length > 0) return null
  // [DEFAULT] is everybody's: botocore adds its options to each section.
  const common = ini.sections.filter(({ name }) => name === 'DEFAULT').flatMap(({ options }) => options)
  return NAMES.map((name) => {
    const section = findProfile(ini, name)
    if (section === undefined) return null
    return Object.fromEntries(
      [...common, ...section.options].map(({ key, value, nested }) => [
        key,
        nested === undefined ? value : Object.fromEntries(nested.map((one) => [one.key, one.value])),
      ]),
    )
  })
}

const NAMES = ['default', 'x', 'x y', 'z']

function profilesIn(answer: unknown): unknown {
  if (answer === null) return null
  const { profiles } = Object(answer)
  return NAMES.map((name) => profiles[name] ?? null)
}

const SECRETS = { id: 'test#key;1', secret: `s'e"c#r;e/t+=%x[1]` }
const PROGRAMS = {
  /** Everything that a client does with a bucket, in several parts too. */
  boto3: `
import boto3, boto3.s3.transfer, io
client = boto3.client('s3')
client.create_bucket(Bucket='files')
client.put_object(Bucket='files', Key='a/b', Body=b'hello')
client.upload_fileobj(io.BytesIO(b'x' * 6_000_000), 'files', 'big', Config=boto3.s3.transfer.TransferConfig(multipart_threshold=5_242_880, multipart_chunksize=5_242_880))
print(client.get_object(Bucket='files', Key='a/b')['Body'].read().decode(), client.head_object(Bucket='files', Key='big')['ContentLength'], client.meta.endpoint_url, client.meta.region_name)
`,
  /** What a run of scenario 4 does with its files. */
  mlflow: `
import os, tempfile
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository
store = S3ArtifactRepository('s3://files/run')
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'model.txt'); open(path, 'w').write('weights')
    store.log_artifact(path)
    print([file.path for file in store.list_artifacts()], open(store.download_artifacts('model.txt', folder + '/')).read())
`,
}

describe.each(['versitygw', 'minio'] as const)('a client of %s with nothing but the profile', (name) => {
  let storage: StorageServer | undefined
  const home = () => join(folder, name)

  beforeAll(async () => {
    if (storageProgram(name) === undefined) return
    storage = await startStorage(name, { keys: { id: 'testkey1', secret: 'test#secret;1' }, region: 'eu-test-1' })
  })
  afterAll(() => storage?.stop())

  it('reads and writes the bucket, as boto3 and as MLflow, and no longer after it is gone', async (context) => {
    const { endpoint, keys } = need(context, storage, name)
    await mkdir(join(home(), '.aws'), { recursive: true })
    await writeFile(
      join(home(), '.aws', 'config'),
      '[default]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:9\n',
    )
    const secrets = { AWS_ACCESS_KEY_ID: new Secret(keys.id), AWS_SECRET_ACCESS_KEY: new Secret(keys.secret) }
    const ports = { ...makeActionPorts({}), secrets }
    const input = inputFor(home(), endpoint)
    const signal = new AbortController().signal
    expect(await editAwsProfile.inspect(input, ports, signal)).toMatchObject({ effect: 'update' })
    await editAwsProfile.apply(input, ports, () => {}, signal)
    expect(await editAwsProfile.inspect(input, ports, signal)).toMatchObject({ effect: 'unchanged' })
    const env = { HOME: home(), AWS_PROFILE: 'lab' }
    expect(await inPython(PROGRAMS.boto3, env)).toBe(`hello 6000000 ${endpoint} eu-test-1\n`)
    expect(await inPython(PROGRAMS.mlflow, env)).toBe("['model.txt'] weights\n")
    const removal = { ...input, wish: { kind: 'removed' } } as const
    await editAwsProfile.apply(removal, ports, () => {}, signal)
    await expect(inPython(PROGRAMS.boto3, env)).rejects.toThrow('The config profile (lab) could not be found')
  })
})

describe('a secret with every kind of character', () => {
  it('arrives in botocore as it is', async () => {
    const secrets = { AWS_ACCESS_KEY_ID: new Secret(SECRETS.id), AWS_SECRET_ACCESS_KEY: new Secret(SECRETS.secret) }
    const ports = { ...makeActionPorts({}), secrets }
    const home = join(folder, 'secret')
    await editAwsProfile.apply(inputFor(home, 'http://127.0.0.1:9'), ports, () => {}, new AbortController().signal)
    const program = `
import botocore.session, json
session = botocore.session.Session(profile='lab')
keys = session.get_credentials()
print(json.dumps([keys.access_key, keys.secret_key, session.get_scoped_config()['s3'], session.get_config_variable('request_checksum_calculation')]))`
    expect(JSON.parse(await inPython(program, { HOME: home }))).toEqual([
      SECRETS.id,
      SECRETS.secret,
      {
        addressing_style: 'path',
        signature_version: 's3v4',
        max_concurrent_requests: '100',
        max_queue_size: '1000',
        multipart_threshold: '50MB',
        multipart_chunksize: '10MB',
      },
      'when_required',
    ])
  })
})

function inputFor(home: string, endpoint: string): EditAwsProfileInput {
  const values = {
    region: 'eu-test-1',
    endpoint,
    caFile: '',
    checksumsWhenRequired: true,
    addressing: 'path',
    temporary: false,
  }
  return {
    stackDirectory: '/home/ada/mlflow',
    config: join(home, '.aws', 'config'),
    credentials: join(home, '.aws', 'credentials'),
    wish: { kind: 'written', profile: 'lab', values, keys: true },
    replace: false,
  }
}
