import { copyFile, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { applyAction, inspectAction } from '../../src/actions/action-table.ts'
import { withNginxFacts } from '../../src/actions/nginx/nginx-facts.ts'
import { renderTemplate } from '../../src/plan/render-templates.ts'
import type { Auth, Proxy, Scenario, StackSpec, Tls } from '../../src/stack/spec.ts'
import { certificateLayout } from '../../src/targets/native/proxy-certificate.ts'
import { proxyLayout } from '../../src/targets/native/proxy-layout.ts'
import { buildProxyPart } from '../../src/targets/native/proxy.ts'
import { BUCKET, fakeStack } from '../fakes/stack.ts'
import { issue } from '../testbed/certificates.ts'
import type { Issued } from '../testbed/certificates.ts'
import { need } from '../testbed/need.ts'
import { findNginxProgram } from '../testbed/nginx-server.ts'
import { realPorts } from '../testbed/services.ts'

const FOUNDATION = { folders: 'folders', environment: 'environment', packages: 'packages' }
const program = findNginxProgram() ?? ''
const ports = realPorts()
const { signal } = new AbortController()

let folder: string
let issued: Issued

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-nginx-')))
  issued = await issue(folder, { name: 'ml', hosts: ['ml.example'] })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach((context) => {
  need(context, findNginxProgram(), 'nginx')
})

/** Every answer that shows in the configuration, each with each: as many stacks as that makes. */
function allSpecs(kind: 'managed' | 'system'): readonly Partial<StackSpec>[] {
  const proxies: readonly Proxy[] = [[], ['10.0.0.0/8', '2001:db8::/32']].map((allowFrom) => ({
    kind,
    program,
    allowFrom,
  }))
  const auths: readonly Auth[] = [
    { kind: 'none' },
    { kind: 'htpasswd', adminUser: 'admin' },
    { kind: 'basic-auth', adminUser: 'admin' },
  ]
  const addresses: readonly (readonly [string, Tls])[] = [
    ['http://localhost:18080', { kind: 'off' }],
    ['http://ml.example:18080/a.b', { kind: 'off' }],
    ['https://ml.example:18443', { kind: 'self-signed' }],
    ['https://[::1]:18443/p', { kind: 'self-signed' }],
    ['https://192.0.2.7:18443', { kind: 'files', certificate: issued.certificate, key: issued.key }],
    ...(process.getuid?.() === 0 ? [['https://ml.example', { kind: 'self-signed' }] as const] : []),
  ]
  const scenarios: readonly Scenario[] = [4, 5, 6]
  return proxies.flatMap((proxy) =>
    auths.flatMap((auth) =>
      addresses.flatMap(([publicUrl, tls]) =>
        scenarios.map((scenario) => ({
          proxy,
          auth,
          publicUrl,
          tls,
          scenario,
          artifactStore: BUCKET,
          port: 15000,
          ...(scenario === 6 ? { artifactsPort: 15500 } : {}),
          service: scenario === 4 ? 'systemd' : 'background',
        })),
      ),
    ),
  )
}

describe('nginx takes', () => {
  it('every configuration of its own, wherever the stack is', async () => {
    const directory = join(folder, `an 'odd' "one" $x ü #`)
    const { certificate, key } = certificateLayout(fakeStack(5, {}, directory))
    await mkdir(dirname(certificate), { recursive: true })
    await mkdir(proxyLayout(fakeStack(5, {}, directory)).folder, { recursive: true })
    for (const [from, to] of [
      [issued.certificate, certificate],
      [issued.key, key],
    ] as const)
      await copyFile(from, to)
    for (const spec of allSpecs('managed')) {
      const { actions } = buildProxyPart(fakeStack(5, spec, directory), FOUNDATION)
      const config = actions.find(({ kind }) => kind === 'write-nginx-config')
      if (config === undefined) throw new Error('no configuration')
      await applyAction(config, ports, () => undefined, signal)
      expect(await inspectAction(config, ports, signal)).toMatchObject({ effect: 'unchanged' })
    }
    expect((await ports.files.list(proxyLayout(fakeStack(5, {}, directory)).folder)).toSorted()).toEqual(['nginx.conf'])
  })

  it("every site in the system's nginx", async () => {
    const directory = (await realpath(await mkdtemp(join(tmpdir(), 'mlflow-setup-nginx-')))) + '/with a blank'
    const { certificate, key } = certificateLayout(fakeStack(5, {}, directory))
    await mkdir(dirname(certificate), { recursive: true })
    for (const [from, to] of [
      [issued.certificate, certificate],
      [issued.key, key],
    ] as const)
      await copyFile(from, to)
    const site = join(dirname(directory), 'site.conf')
    const main = join(dirname(directory), 'nginx.conf')
    await writeFile(main, `pid ${dirname(directory)}/pid;\nerror_log stderr;\nevents {}\nhttp { include ${site}; }\n`)
    for (const spec of allSpecs('system')) {
      const { actions } = buildProxyPart(fakeStack(5, spec, directory), FOUNDATION)
      const action = actions.find(({ kind }) => kind === 'write-system-site')
      if (action?.kind !== 'write-system-site') throw new Error('no site')
      const { template } = action.input
      const known = {
        ...(await withNginxFacts(action.input, ports, signal)),
        logins: `${dirname(directory)}/logins`,
      }
      await writeFile(site, renderTemplate(await ports.templates.read(template), known, {}))
      const { exitCode, stderr } = await execa(program, ['-t', '-q', '-c', main], { reject: false })
      expect({ exitCode, stderr }, JSON.stringify(spec)).toEqual({ exitCode: 0, stderr: '' })
    }
    await rm(dirname(directory), { recursive: true, force: true })
  })
})

it('tells browsers to stay with https where the world trusts the certificate, and nowhere else', async () => {
  const [wanted] = buildProxyPart(
    fakeStack(5, { ...allSpecs('managed').at(-1), tls: { kind: 'files', ...issued }, publicUrl: 'https://ml.example' }),
    FOUNDATION,
  ).actions.flatMap((action) => (action.kind === 'write-nginx-config' ? [action.input] : []))
  if (wanted === undefined) throw new Error('no configuration')
  const isTold = async (roots: readonly string[]) =>
    (await withNginxFacts(wanted, { ...ports, publicRoots: { all: async () => roots } }, signal))['hsts']
  expect(await isTold([await readFile(issued.certificate, 'utf8')])).toBe(true)
  expect(await isTold(await ports.publicRoots.all())).toBe(false)
})

it('is not written where nginx refuses it: what was there stays', async () => {
  const directory = join(folder, 'refused')
  const stack = fakeStack(
    5,
    { ...allSpecs('managed').at(-1), tls: { kind: 'off' }, publicUrl: 'http://localhost:18080' },
    directory,
  )
  await mkdir(proxyLayout(stack).folder, { recursive: true })
  const actionOf = (names: string) => {
    const config = buildProxyPart(stack, FOUNDATION).actions.find(({ kind }) => kind === 'write-nginx-config')
    if (config?.kind !== 'write-nginx-config') throw new Error('no configuration')
    return { ...config, input: { ...config.input, values: { ...config.input.values, serverNames: names } } }
  }
  await applyAction(actionOf('localhost'), ports, () => undefined, signal)
  const before = await ports.files.readText(proxyLayout(stack).config)
  await expect(applyAction(actionOf('a; nonsense on;'), ports, () => undefined, signal)).rejects.toMatchObject({
    code: 'nginx.refused',
    lastLines: [expect.stringContaining('unknown directive "nonsense"'), expect.any(String)],
  })
  expect(await ports.files.readText(proxyLayout(stack).config)).toBe(before)
  expect(await ports.files.list(proxyLayout(stack).folder)).toEqual(['nginx.conf'])
})
