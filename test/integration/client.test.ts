import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandContext } from '../../src/commands/command-context.ts'
import { buildProgram } from '../../src/commands/program.ts'
import { UserError } from '../../src/errors.ts'
import { makePorts } from '../../src/ports/real-ports.ts'
import type { StackSpec, Scenario } from '../../src/stack/spec.ts'
import { renderSpec } from '../../src/stack/write-spec.ts'
import { makeFakePrompts } from '../fakes/prompts.ts'
import { BUCKET, fakeStack } from '../fakes/stack.ts'
import { makeFakeTerminal } from '../fakes/terminal.ts'
import { issue, joinFiles } from '../testbed/certificates.ts'
import { need } from '../testbed/need.ts'

const SECRETS = {
  MLFLOW_SETUP_ADMIN_PASSWORD: `pass'word "$x"`,
  AWS_ACCESS_KEY_ID: 'AKID1',
  AWS_SECRET_ACCESS_KEY: 'se;cr#et/+=',
}
let home = ''
let directory = ''
const config = () => join(home, '.aws', 'config')
const credentials = () => join(home, '.aws', 'credentials')
const textOf = (path: string) => readFile(path, 'utf8').catch(() => undefined)
const modeOf = async (path: string) => (await stat(path)).mode & 0o777

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mlflow-setup-client-'))
  directory = join(home, 'mlflow')
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** A stack as `apply` leaves it, as far as clients look at it. */
async function makeStack(scenario: Scenario = 4, changes: Partial<StackSpec> = {}): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(
    join(directory, 'mlflow-setup.yaml'),
    renderSpec(fakeStack(scenario, changes, directory).spec, undefined),
  )
  const lines = Object.entries(SECRETS).map(([name, value]) => `${name}="${value.replace(/["$]/g, '\\$&')}"\n`)
  await writeFile(join(directory, '.env'), lines.join(''), { mode: 0o600 })
}

async function run(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  ports: Partial<CommandContext> = {},
) {
  const terminal = makeFakeTerminal()
  const context: CommandContext = {
    ...makePorts({ HOME: home, ...env }),
    version: '1.0.0',
    env,
    cwd: directory,
    prompts: makeFakePrompts({}),
    terminal,
    signal: new AbortController().signal,
    onExit: () => () => {},
    ...ports,
  }
  expect(await buildProgram(context)(['client', ...args])).toBe(0)
  return { out: terminal.stdout, err: terminal.stderr }
}

describe('mlflow-setup client', () => {
  it('prints what a shell sets, secrets included, and says what to install', async () => {
    await makeStack()
    const { out, err } = await run()
    expect(out.split('\n')).toEqual([
      '# What clients of mlflow need: scenario 4, https://ml.example',
      '# pip install mlflow==3.17.2 boto3',
      '# To load it: eval "$(mlflow-setup client)"',
      'export MLFLOW_TRACKING_URI=https://ml.example',
      'export MLFLOW_TRACKING_USERNAME=admin',
      `export MLFLOW_TRACKING_PASSWORD='pass'\\''word "$x"'`,
      '# A file of this machine: on others put a copy of it, and name its place.',
      `export MLFLOW_TRACKING_SERVER_CERT_PATH=${directory}/tls/ca.pem`,
      'export MLFLOW_S3_ENDPOINT_URL=http://10.0.0.5:9000',
      'export AWS_ACCESS_KEY_ID=AKID1',
      `export AWS_SECRET_ACCESS_KEY='se;cr#et/+='`,
      'export AWS_DEFAULT_REGION=us-east-1',
      'export AWS_REQUEST_CHECKSUM_CALCULATION=when_required',
      'export AWS_RESPONSE_CHECKSUM_VALIDATION=when_required',
      '',
    ])
    expect(err).toBe('')
  })

  it('names the certificates where an authority signed that the world does not know, and only there', async () => {
    await makeStack(6, { tls: { kind: 'files', certificate: '/given/chain.pem', key: '/given/key.pem' } })
    await mkdir(join(directory, 'tls'))
    const place = join(directory, 'tls', 'certificate.pem')
    const root = await issue(home, { name: 'root', authority: true })
    const own = await issue(home, { name: 'own', hosts: ['ml.example'], issuer: root })
    const publicRoots = { all: async () => [await readFile(root.certificate, 'utf8')] }
    const line = `export MLFLOW_TRACKING_SERVER_CERT_PATH=${place}\n`
    expect((await run()).out).not.toContain('CERT_PATH')
    await joinFiles(place, [own.certificate, root.certificate])
    expect((await run()).out).toContain(
      `# A file of this machine: on others put a copy of it, and name its place.\n${line}`,
    )
    expect((await run([], {}, { publicRoots })).out).not.toContain('CERT_PATH')
    await joinFiles(place, [own.certificate])
    expect((await run([], {}, { publicRoots })).out).not.toContain('CERT_PATH')
  })

  it('leaves the password of another user to that user', async () => {
    await makeStack(6)
    const { out } = await run(['--user', 'bob'])
    expect(out).toContain('export MLFLOW_TRACKING_USERNAME=bob\n')
    expect(out).toMatch(/^# export MLFLOW_TRACKING_PASSWORD=\.\.\. +the password of bob$/m)
    expect(out).not.toContain('word "')
    expect(out).not.toContain('AWS')
    expect(out).toContain('# To load it: eval "$(mlflow-setup client --user bob)"\n')
  })

  it('says how the lines of this very stack are loaded, from anywhere', async () => {
    await makeStack(6)
    const { out } = await run(['--dir', directory, '--format', 'fish'])
    expect(out).toContain(`# To load it: mlflow-setup client --dir ${directory} --format fish | source\n`)
  })

  it('is one JSON document for programs', async () => {
    await makeStack()
    const document: unknown = JSON.parse((await run(['--json'])).out)
    expect(document).toMatchObject({
      schemaVersion: 1,
      kind: 'client',
      packages: ['mlflow==3.17.2', 'boto3'],
      aws: null,
      variables: expect.arrayContaining([
        { name: 'MLFLOW_TRACKING_URI', value: 'https://ml.example', secret: false },
        { name: 'AWS_SECRET_ACCESS_KEY', value: 'se;cr#et/+=', secret: true },
      ]),
    })
  })

  it('prints the policy that AWS needs where clients bring their own keys', async () => {
    const store = fakeStack(4).spec.artifactStore
    if (store.kind !== 's3') throw new Error('no bucket')
    await makeStack(4, { artifactStore: { ...store, endpoint: undefined, addressing: 'virtual', credentials: 'role' } })
    const { out } = await run()
    expect(out).toContain('# Log in to the store with keys of your own')
    expect(out).toContain('#       "Resource": "arn:aws:s3:::mlflow"')
    expect(out).not.toContain('AKID1')
  })

  it.each([
    ['an unknown format', ['--format', 'powershel'], 'client.format', 'mlflow-setup client --format powershell'],
    ['a name that is none', ['--write-aws', 'a b'], 'aws.profile-name', 'mlflow-setup client --write-aws mlflow'],
    ['two wishes at once', ['--write-aws', '--remove-aws'], 'client.both', undefined],
  ] as const)('refuses %s', async (_what, args, code, command) => {
    await makeStack()
    const error = await run(args).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ code, ...(command === undefined ? {} : { hint: { command } }) })
  })

  it.each([1, 2, 3, 5, 6] as const)('writes no keys in scenario %i', async (scenario) => {
    await makeStack(scenario)
    await expect(run(['--write-aws'])).rejects.toThrow(`Clients of scenario ${scenario} need no keys.`)
    expect(await readdir(home)).toEqual(['mlflow'])
  })

  it('prints with --aws-policy the least that AWS must allow, in every scenario with a bucket there', async () => {
    await makeStack(5, { artifactStore: { ...BUCKET, endpoint: undefined, prefix: 'runs' } })
    const policy: unknown = JSON.parse((await run(['--aws-policy'])).out)
    expect(JSON.stringify(policy)).toContain('"arn:aws:s3:::mlflow/runs/*"')
    expect(JSON.parse((await run(['--aws-policy', '--json'])).out)).toMatchObject({ awsPolicy: policy })
    await makeStack(5, { artifactStore: BUCKET })
    await expect(run(['--aws-policy'])).rejects.toMatchObject({ code: 'client.no-policy' })
  })

  it('says which secret is missing, and where there is no stack', async () => {
    await expect(run()).rejects.toMatchObject({ code: 'stack.none' })
    await makeStack()
    await writeFile(join(directory, '.env'), '')
    await expect(run()).rejects.toThrow('.env has no MLFLOW_SETUP_ADMIN_PASSWORD.')
    await expect(run(['--write-aws'])).rejects.toThrow('.env has no AWS_ACCESS_KEY_ID.')
  })
})

describe('a stack of another user', () => {
  it('is left alone, with the way to it', async (context) => {
    need(context, process.getuid?.() === 0, 'root')
    await makeStack()
    await chown(join(directory, '.env'), 1234, 1234)
    const because = 'Its .env belongs to user number 1234.'
    await expect(run()).rejects.toMatchObject({ code: 'stack.not-yours', because })
  })
})

describe('mlflow-setup client --write-aws', () => {
  it('makes both files for nobody else to read, and takes them away again', async () => {
    await makeStack()
    const { out, err } = await run(['--write-aws'])
    expect(out).toContain('export AWS_PROFILE=mlflow\n')
    expect(out).not.toContain('AKID1')
    expect(err).toMatch(/^~\/\.aws\/config and ~\/\.aws\/credentials now hold the profile mlflow\./)
    expect(await Promise.all([modeOf(join(home, '.aws')), modeOf(config()), modeOf(credentials())])).toEqual([
      0o700, 0o600, 0o600,
    ])
    expect(await textOf(config())).toContain('[profile mlflow]\nregion = us-east-1\n')
    expect(await textOf(credentials())).toContain(
      '[mlflow]\naws_access_key_id = AKID1\naws_secret_access_key = se;cr#et/+=\n',
    )
    expect((await run(['--remove-aws'])).out).toMatch(/^What was written for this stack is gone/)
    expect(await readdir(join(home, '.aws'))).toEqual([])
    expect((await run(['--remove-aws'])).out).toMatch(/^Nothing in /)
  })

  it('leaves every other byte as it is, keeps one backup, and changes nothing a second time', async () => {
    await makeStack()
    await mkdir(join(home, '.aws'))
    const before = '# mine\r\n[default]\r\nregion = eu-west-1\r\n\r\n[profile mlflow]\r\noutput = json'
    await writeFile(config(), before, { mode: 0o644 })
    await writeFile(credentials(), '[default]\naws_access_key_id = OTHER\n', { mode: 0o600 })
    await run(['--write-aws'])
    const written = await textOf(config())
    expect(written?.startsWith(before)).toBe(true)
    expect(await modeOf(config())).toBe(0o600)
    const files = await readdir(join(home, '.aws'))
    expect(files.filter((name) => /^config\.\d{4}-.*\.bak$/.test(name))).toHaveLength(1)
    expect(files).toHaveLength(4)
    for (const name of files) expect(await modeOf(join(home, '.aws', name)), name).toBe(0o600)
    const second = await run(['--write-aws'])
    expect(second.err).toContain('already hold the profile mlflow')
    expect(await readdir(join(home, '.aws'))).toEqual(files)
    expect(await textOf(config())).toBe(written)
    await run(['--remove-aws', 'mlflow'])
    expect(await textOf(config())).toBe(before)
    const backups = (await readdir(join(home, '.aws'))).filter((name) => name.startsWith('config.'))
    expect(await Promise.all(backups.map((name) => textOf(join(home, '.aws', name))))).toEqual([before, written])
    expect(await textOf(credentials())).toBe('[default]\naws_access_key_id = OTHER\n')
  })

  it('names what is in the way, line by line, without secrets, and puts it aside when told so', async () => {
    await makeStack()
    await mkdir(join(home, '.aws'))
    const mine = '[mlflow]\naws_access_key_id = OLDKEY\naws_secret_access_key = oldsecret\nregion = eu-west-1\n'
    await writeFile(credentials(), mine)
    const error = await run(['--write-aws']).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'aws.conflict',
      problems: [
        { name: `${credentials()}:2`, message: 'aws_access_key_id is [redacted], the stack wants [redacted]' },
        { name: `${credentials()}:3`, message: 'aws_secret_access_key is [redacted], the stack wants [redacted]' },
        { name: `${credentials()}:4`, message: 'region is eu-west-1, the stack wants us-east-1' },
      ],
      hint: { command: 'mlflow-setup client --write-aws mlflow --replace' },
    })
    expect(await readdir(join(home, '.aws'))).toEqual(['credentials'])
    await run(['--write-aws', '--replace'])
    expect(await textOf(credentials())).toContain('aws_access_key_id = AKID1\n')
    await run(['--remove-aws'])
    expect(await textOf(credentials())).toBe(mine)
  })

  it('refuses a profile that logs in in another way', async () => {
    await makeStack()
    await mkdir(join(home, '.aws'))
    await writeFile(config(), '[default]\nsso_session = work\nregion = us-east-1\n')
    await expect(run(['--write-aws', 'default'])).rejects.toMatchObject({
      problems: [{ name: `${config()}:2`, message: 'sso_session is work, which cannot stay' }],
    })
  })

  it.each([
    ['a repeated section', '[a]\nb = c\n[a]\n', 'config:3', 'has [a] again, which is in line 1 already'],
    ['a repeated option', '[a]\nb = c\nB = d\n', 'config:3', 'has b again, which is in line 2 already'],
    ['a byte order mark', '\uFEFF[a]\nb = c\n', 'config:1', 'begins with a byte order mark'],
    ['an option before the first section', 'b = c\n[a]\n', 'config:1', 'stands before the first [section]'],
    ['a line that is nothing', '[a]\nexport\n', 'config:2', 'is neither a section nor "key = value"'],
    ['a block with such a line', '[a]\ns3 =\n  b\n', 'config:3', 'is indented but not "key = value"'],
  ])('refuses a file that boto3 cannot read: %s', async (_what, text, place, message) => {
    await makeStack()
    await mkdir(join(home, '.aws'))
    await writeFile(config(), text)
    const error = await run(['--write-aws']).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'aws.unreadable', problems: [{ name: join(home, '.aws', place), message }] })
    expect(await textOf(config())).toBe(text)
  })

  it('does not touch bytes that are no text', async () => {
    await makeStack()
    await mkdir(join(home, '.aws'))
    const bytes = Buffer.from([...Buffer.from('# gr\n'), 0xfc, 0x0a])
    await writeFile(config(), bytes)
    await expect(run(['--write-aws'])).rejects.toMatchObject({ code: 'aws.unreadable', because: 'It is not UTF-8.' })
    expect(await readFile(config())).toEqual(bytes)
  })

  it('keeps a link a link, and goes where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE point', async () => {
    await makeStack()
    await mkdir(join(home, 'dotfiles'))
    const places = {
      config: join(home, 'dotfiles', 'aws'),
      link: join(home, 'aws-config'),
      keys: join(home, 'keys', 'aws'),
    }
    await writeFile(places.config, '[default]\nregion = x\n')
    await symlink(places.config, places.link)
    const env = { AWS_CONFIG_FILE: '~/aws-config', AWS_SHARED_CREDENTIALS_FILE: places.keys }
    await run(['--write-aws'], env)
    expect((await lstat(places.link)).isSymbolicLink()).toBe(true)
    expect(await textOf(places.config)).toContain('[profile mlflow]')
    expect(await textOf(places.keys)).toContain('[mlflow]')
    await run(['--remove-aws'], env)
    expect(await textOf(places.config)).toBe('[default]\nregion = x\n')
  })

  it.each(['.aws/config', '.aws/credentials', '.aws'])(
    'leaves %s alone where it is a link to nothing',
    async (name) => {
      await makeStack()
      const link = join(home, name)
      await mkdir(join(link, '..'), { recursive: true })
      await symlink(join(home, 'not-mounted', 'aws'), link)
      await expect(run(['--write-aws'])).rejects.toMatchObject({
        code: 'aws.dead-link',
        message: expect.stringContaining(`${link} is a link`),
      })
      expect(await readlink(link)).toBe(join(home, 'not-mounted', 'aws'))
      await run(['--remove-aws'])
      await mkdir(join(home, 'not-mounted'))
      await (name === '.aws' ? mkdir(join(home, 'not-mounted', 'aws')) : writeFile(link, ''))
      await run(['--write-aws'])
      expect((await lstat(link)).isSymbolicLink()).toBe(true)
    },
  )

  it('says what the guides of 2020 left there, and which variables count more', async () => {
    await makeStack()
    await mkdir(join(home, '.aws'))
    const old = '[plugins]\nendpoint = awscli_plugin_endpoint\n\n[default]\ns3 =\n  endpoint_url = https://old\n'
    await writeFile(config(), old)
    const { out, err } = await run(['--write-aws', 'default'], {
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: SECRETS.AWS_SECRET_ACCESS_KEY,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_CA_BUNDLE: '/corporate.pem',
      AWS_ENDPOINT_URL: 'y',
    })
    expect(out).not.toContain('AWS_PROFILE')
    expect(err.replaceAll('\n', ' ')).toContain('~/.aws/config:2 loads a plugin that AWS CLI 2 cannot load')
    expect(err.replaceAll('\n', ' ')).toContain('~/.aws/config:5 has an endpoint_url inside of "s3"')
    expect(err.replaceAll('\n', ' ')).toContain(
      'counting more than the profile: AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL.',
    )
    await run(['--remove-aws'])
    expect(await textOf(config())).toBe(old)
  })

  it('refuses to take away lines that were edited, unless told so', async () => {
    await makeStack()
    await run(['--write-aws'])
    const edited = (await textOf(config()))?.replace('region = us-east-1', 'region = eu-west-1') ?? ''
    await writeFile(config(), edited)
    await expect(run(['--remove-aws'])).rejects.toMatchObject({
      problems: [{ message: expect.stringMatching(/^lines 1 to \d+ were edited since mlflow-setup wrote them$/) }],
    })
    expect(await textOf(config())).toBe(edited)
    await run(['--remove-aws', '--replace'])
    expect(await textOf(config())).toBeUndefined()
  })

  it("gives files that root makes in somebody's home to them", async (context) => {
    need(context, process.getuid?.() === 0 ? true : undefined, 'root')
    await makeStack()
    await chown(home, 12_345, 12_345)
    await chmod(home, 0o755)
    await run(['--write-aws'])
    const owners = await Promise.all(
      [join(home, '.aws'), config(), credentials()].map(async (path) => (await stat(path)).uid),
    )
    expect(owners).toEqual([12_345, 12_345, 12_345])
  })
})
