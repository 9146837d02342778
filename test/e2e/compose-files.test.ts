import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { array, object, parse, record, string, type InferOutput } from 'valibot'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { applyAction, inspectAction } from '../../src/actions/action-table.ts'
import { isAtLeast } from '../../src/formats/version.ts'
import { Secret } from '../../src/secret.ts'
import { NGINX_IMAGE } from '../../src/stack/images.ts'
import { compose } from '../../src/targets/compose/compose.ts'
import type { TemplateValues } from '../../src/targets/template-values.ts'
import { fakeSecrets, makeComposeRenderer } from '../fakes/compose-files.ts'
import { allComposeStacks } from '../fakes/compose-stacks.ts'
import { EXISTING_POSTGRES, fakeComposeStack } from '../fakes/stack.ts'
import { issue } from '../testbed/certificates.ts'
import { composeIn, composeWarnings, containerEngine, docker } from '../testbed/containers.ts'
import { need } from '../testbed/need.ts'
import { realPorts } from '../testbed/services.ts'

/** What readers of such files, shells and Compose like to take for something else. */
const ODD = [
  'a$b',
  '$$',
  '${HOME}',
  '$(id)',
  "it's",
  'a"b',
  `'"`,
  'a\\b',
  'end\\',
  '\\n',
  'a #b',
  '#',
  ' a b ',
  'a=b',
  '%s',
  '`id`',
  "it's `id`",
  "it's $HOME",
  'ü {{x}}',
  '!a',
  '~',
  'yes',
  '0',
]

const ports = realPorts({ HOME: homedir() })
const { signal } = new AbortController()
let folder: string

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-compose-')))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async (context) => {
  need(context, await containerEngine(), 'a Docker engine with the images of TESTBED.md')
})

type Files = Readonly<Record<string, string>>

async function write(directory: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), text)
  }
}

/** Each line with the next one, without comments and numbers: where blocks of a template meet. */
function joints(text: string): readonly string[] {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s*#/.test(line))
    .map((line) => line.replaceAll(/\d+/g, '1'))
  return lines.map((line, at) => `${line}\n${lines[at + 1] ?? ''}`)
}

/** As few texts as have every joint that there is in all of them. */
function withAllJoints<T>(all: readonly T[], textOf: (one: T) => string): readonly T[] {
  const seen = new Set<string>()
  return all.filter((one) => {
    const added = joints(textOf(one)).filter((joint) => !seen.has(joint))
    for (const joint of added) seen.add(joint)
    return added.length > 0
  })
}

/** A list, gone through by a few at a time. */
async function forEach<T>(all: readonly T[], work: (one: T, at: number) => Promise<void>): Promise<void> {
  const waiting = [...all.entries()]
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await work(next[1], next[0])
  }
  await Promise.all([worker(), worker(), worker()])
}

describe('Docker Compose takes', () => {
  it('the files of every stack of containers, without a warning', async () => {
    const render = makeComposeRenderer()
    const sets = withAllJoints(
      allComposeStacks().map((stack) => render(stack)),
      (files) => files['compose.yaml'] ?? '',
    )
    const said: string[] = []
    await forEach(sets, async (files, at) => {
      const directory = join(folder, `set-${at}`)
      await write(directory, files)
      said.push(await composeWarnings(directory))
    })
    expect(said.filter((text) => text !== '')).toEqual([])
    expect(said.length).toBeGreaterThan(20)
  })

  it.each(ODD)('%s unchanged, from .env and in place of a name', async (odd) => {
    const stack = fakeComposeStack(5, {
      backendStore: { ...EXISTING_POSTGRES, database: odd, user: odd },
      artifactStore: { kind: 'local', path: `/mnt/${odd}` },
      environment: { MLFLOW_ODD: odd },
    })
    const directory = await mkdtemp(join(folder, 'odd-'))
    await write(directory, makeComposeRenderer()(stack, { ...fakeSecrets(stack), PGPASSWORD: new Secret(odd) }))
    const { environment, volumes } = await configuredMlflow(directory)
    expect(environment).toMatchObject({
      MLFLOW_ODD: odd,
      POSTGRES_PASSWORD: odd,
      PGPASSWORD: odd,
      PGUSER: odd,
      PGDATABASE: odd,
    })
    expect(volumes.find(({ target }) => target === '/data/artifacts')?.source).toBe(`/mnt/${odd}`)
  })
})

/** What compose.yaml, .env and Compose make of MLflow together. */
async function configuredMlflow(directory: string): Promise<InferOutput<typeof configured>['services']['mlflow']> {
  const text = await composeIn(directory, 'config', '--format', 'json')
  // Compose writes what it would read again.
  return parse(configured, JSON.parse(text.replaceAll('$$', () => '$'))).services.mlflow
}

const configured = object({
  services: object({
    mlflow: object({
      environment: record(string(), string()),
      volumes: array(object({ source: string(), target: string() })),
    }),
  }),
})

it('Docker has nothing to say against any Dockerfile', async () => {
  const directory = join(folder, 'images')
  await write(directory, makeComposeRenderer()(fakeComposeStack(4, { notebook: true, model: { uri: 'models:/m/1' } })))
  const said = await Promise.all(
    ['mlflow', 'notebook', 'model'].map((name) => docker('build', '--check', '--quiet', join(directory, name))),
  )
  for (const text of said) expect(text).toContain('no warnings found')
})

describe('nginx takes', () => {
  it('every configuration that there is for its container', async () => {
    const render = makeComposeRenderer(await resolvesAgain())
    const texts = new Set(allComposeStacks().flatMap((stack) => render(stack)['nginx/nginx.conf'] ?? []))
    const { certificate, key } = await issue(folder, { name: 'ml', hosts: ['ml.example'] })
    const configurations = [...texts].map((text) => ({
      'nginx.conf': text,
      htpasswd: '',
    }))
    for (const [at, files] of configurations.entries()) {
      const directory = join(folder, 'nginx', String(at))
      await write(directory, files)
      await mkdir(join(directory, 'tls'))
      await copyFile(certificate, join(directory, 'tls', 'certificate.pem'))
      await copyFile(key, join(directory, 'tls', 'key.pem'))
    }
    expect(await tryAll(join(folder, 'nginx'))).toBe('')
    expect(configurations.length).toBeGreaterThan(40)
  })
})

it("nginx.conf counts only when the image's own nginx takes it, wherever the stack is", async () => {
  const proxy = { kind: 'container', allowFrom: ['10.0.0.0/8'] } as const
  const answers = { publicUrl: 'http://localhost:18080', tls: { kind: 'off' }, proxy } as const
  const stack = fakeComposeStack(6, answers, join(folder, `an 'odd' $one ü #`))
  const config = compose.actions(stack).find(({ kind }) => kind === 'write-container-nginx')
  if (config?.kind !== 'write-container-nginx') throw new Error('no configuration')
  const apply = (more: TemplateValues = {}) => {
    const input = { ...config.input, values: { ...config.input.values, ...more } }
    return applyAction({ ...config, input }, ports, () => undefined, signal)
  }
  await mkdir(dirname(config.input.path), { recursive: true })
  await apply()
  expect(await inspectAction(config, ports, signal)).toMatchObject({ effect: 'unchanged' })
  const before = await ports.files.readText(config.input.path)
  await expect(apply({ serverNames: 'a; nonsense on;' })).rejects.toMatchObject({
    code: 'nginx.refused',
    lastLines: expect.arrayContaining([expect.stringContaining('unknown directive "nonsense"')]),
  })
  expect(await ports.files.readText(config.input.path)).toBe(before)
  expect(await ports.files.list(stack.directory)).toEqual(['nginx'])
})

it('nginx finds the address of this machine in the network of its container', async () => {
  const proxy = { kind: 'container', allowFrom: ['10.0.0.0/8'] } as const
  const directory = join(folder, 'listed')
  await write(directory, makeComposeRenderer()(fakeComposeStack(5, { proxy })))
  const script = join(directory, 'nginx', 'this-machine.sh')
  const run = ['run', '--rm', '--network=bridge', '--read-only', '--tmpfs=/tmp:mode=1777', '--entrypoint=sh']
  const command = 'sh /this-machine.sh && cat /tmp/this-machine.conf'
  const said = await docker(...run, `--volume=${script}:/this-machine.sh:ro,z`, NGINX_IMAGE, '-c', command)
  const gateway = await docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', 'bridge')
  expect(said).toBe(`allow ${gateway};`)
})

/** Whether the nginx of the image looks names up again. */
async function resolvesAgain(): Promise<boolean> {
  const text = await docker('image', 'inspect', '--format', '{{json .Config.Env}}', NGINX_IMAGE)
  const [, version] = /"NGINX_VERSION=([\d.]+)"/.exec(text) ?? []
  return version !== undefined && isAtLeast(version, '1.27.3')
}

/** One container for all of them; says what nginx has against any. */
async function tryAll(directory: string): Promise<string> {
  const hosts = ['mlflow', 'artifacts', 'object-store', 'model'].map((host) => `--add-host=${host}:127.0.0.1`)
  const script = 'for file in /all/*/nginx.conf; do nginx -t -q -c "$file" 2>&1 || echo "$file"; done'
  const quiet = ['--rm', '--network=none', '--read-only', '--tmpfs=/tmp:mode=1777', '--user=0', '--entrypoint=sh']
  return docker('run', ...quiet, ...hosts, `--volume=${directory}:/all:ro,z`, NGINX_IMAGE, '-c', script)
}
