import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { installCertificate } from '../../src/actions/install-certificate.ts'
import { makeCertificate } from '../../src/actions/make-certificate.ts'
import { UserError } from '../../src/errors.ts'
import { issue, joinFiles } from '../testbed/certificates.ts'
import type { Issued } from '../testbed/certificates.ts'
import { need } from '../testbed/need.ts'
import { realPorts } from '../testbed/services.ts'

const run = promisify(execFile)
const { signal } = new AbortController()
const silent = () => undefined
const DAY_MS = 86_400_000

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlflow-setup-tls-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach(async (context) => {
  const openssl = await run('openssl', ['version']).catch(() => undefined)
  need(context, openssl, 'openssl')
})

async function text(path: string): Promise<string> {
  return readFile(path, 'utf8')
}

describe('a certificate of our own', () => {
  const inputFor = (host: string, name: string) => {
    const at = (file: string) => join(folder, `${name}-${file}`)
    return { host, root: at('ca.pem'), rootKey: at('ca-key.pem'), certificate: at('cert.pem'), key: at('key.pem') }
  }
  const portsAt = (days: number) => {
    const ports = realPorts()
    return { ...ports, clock: { ...ports.clock, now: () => new Date(Date.now() + days * DAY_MS) } }
  }

  it.each(['ml.example', '192.0.2.7', '[2001:db8::7]', 'localhost'])(
    'passes every check of openssl for %s',
    async (host) => {
      const input = inputFor(host, createHash('sha256').update(host).digest('hex').slice(0, 8))
      expect(await makeCertificate.inspect(input, realPorts(), signal)).toMatchObject({ effect: 'create' })
      await makeCertificate.apply(input, realPorts(), silent, signal)
      expect(await makeCertificate.inspect(input, realPorts(), signal)).toMatchObject({ effect: 'unchanged' })
      const plain = host.replaceAll(/[[\]]/g, '')
      const named = /^[\d.]+$|:/.test(plain) ? ['-verify_ip', plain] : ['-verify_hostname', plain]
      const strict = ['-x509_strict', '-check_ss_sig', '-purpose', 'sslserver', '-CAfile', input.root]
      expect((await run('openssl', ['verify', ...strict, ...named, input.certificate])).stdout).toMatch(/: OK$/m)
      expect((await stat(input.key)).mode & 0o777).toBe(0o600)
      expect((await stat(input.rootKey)).mode & 0o777).toBe(0o600)
    },
  )

  it("is trusted by Python's strictest settings, and only with the root", async (context) => {
    const python = need(context, await run('python3', ['--version']).catch(() => undefined), 'python3')
    expect(python.stdout).toMatch(/^Python 3/)
    const input = inputFor('localhost', 'python')
    await makeCertificate.apply(input, realPorts(), silent, signal)
    const server = createServer({ cert: await text(input.certificate), key: await text(input.key) }, (_, response) =>
      response.end('hello'),
    )
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as AddressInfo
    const program = [
      'import ssl, sys, urllib.request',
      'context = ssl.create_default_context(cafile=sys.argv[2] or None)',
      'context.verify_flags |= ssl.VERIFY_X509_STRICT',
      'print(urllib.request.urlopen(sys.argv[1], context=context).read().decode())',
    ].join('\n')
    for (const host of ['localhost', '127.0.0.1']) {
      const { stdout } = await run('python3', ['-c', program, `https://${host}:${port}/`, input.root])
      expect(stdout.trim()).toBe('hello')
    }
    await expect(run('python3', ['-c', program, `https://localhost:${port}/`, ''])).rejects.toThrow(
      /CERTIFICATE_VERIFY_FAILED/,
    )
    server.close()
  })

  it('is renewed before it ends and for another host, by the root that clients have', async () => {
    const input = inputFor('ml.example', 'renewed')
    await makeCertificate.apply(input, realPorts(), silent, signal)
    const root = await text(input.root)
    expect(await makeCertificate.inspect(input, portsAt(360), signal)).toMatchObject({ effect: 'unchanged' })
    expect(await makeCertificate.inspect(input, portsAt(370), signal)).toMatchObject({
      effect: 'update',
      why: 'ends in 26 days',
    })
    await makeCertificate.apply(input, portsAt(370), silent, signal)
    expect(await makeCertificate.inspect(input, portsAt(370), signal)).toMatchObject({ effect: 'unchanged' })
    const moved = { ...input, host: 'mlflow.example' }
    expect(await makeCertificate.inspect(moved, portsAt(370), signal)).toMatchObject({
      effect: 'update',
      why: 'is for ml.example',
    })
    await makeCertificate.apply(moved, portsAt(370), silent, signal)
    expect(await text(input.root)).toBe(root)
  })

  it('is made anew where a part is lost, damaged or from a run that was killed', async () => {
    const input = inputFor('ml.example', 'damaged')
    await makeCertificate.apply(input, realPorts(), silent, signal)
    const other = inputFor('ml.example', 'other')
    await makeCertificate.apply(other, realPorts(), silent, signal)
    const faults: readonly (readonly [path: string, content: string | undefined])[] = [
      [input.key, await text(other.key)],
      [input.certificate, 'no certificate'],
      [input.certificate, await text(other.certificate)],
      [input.rootKey, undefined],
      [input.root, ''],
    ]
    for (const [path, content] of faults) {
      await (content === undefined ? rm(path) : writeFile(path, content))
      expect((await makeCertificate.inspect(input, realPorts(), signal)).effect, path).toBe('update')
      await makeCertificate.apply(input, realPorts(), silent, signal)
      expect((await makeCertificate.inspect(input, realPorts(), signal)).effect, path).toBe('unchanged')
    }
  })
})

describe("a certificate of the user's", () => {
  let root: Issued
  let middle: Issued
  let good: Issued
  let chain: string

  beforeAll(async () => {
    root = await issue(folder, { name: 'root', authority: true })
    middle = await issue(folder, { name: 'middle', authority: true, issuer: root })
    good = await issue(folder, { name: 'good', hosts: ['ml.example', '*.ml.example'], issuer: middle })
    chain = await joinFiles(join(folder, 'fullchain.pem'), [good.certificate, middle.certificate, root.certificate])
  })

  const inputFor = (certificate: string, key: string, host = 'ml.example') => ({
    host,
    from: { certificate, key },
    certificate: join(folder, 'installed.pem'),
    key: join(folder, 'installed.key'),
  })

  it('is copied when it fits, and again when it was renewed', async () => {
    const input = inputFor(chain, good.key)
    expect(await installCertificate.inspect(input, realPorts(), signal)).toMatchObject({ effect: 'create' })
    await installCertificate.apply(input, realPorts(), silent, signal)
    expect(await text(input.certificate)).toBe(await text(chain))
    expect((await stat(input.key)).mode & 0o777).toBe(0o600)
    expect(await installCertificate.inspect(input, realPorts(), signal)).toMatchObject({ effect: 'unchanged' })
    const renewed = await issue(folder, { name: 'renewed', hosts: ['ml.example'], issuer: root, until: 5 })
    const path = await joinFiles(join(folder, 'renewed-chain.pem'), [renewed.certificate, root.certificate])
    const found = await installCertificate.inspect(
      { ...input, from: { certificate: path, key: renewed.key } },
      realPorts(),
      signal,
    )
    expect(found).toMatchObject({ effect: 'update', why: 'was renewed, ends in 4 days' })
    expect(
      (await installCertificate.inspect(inputFor(chain, good.key, 'a.ml.example'), realPorts(), signal)).effect,
    ).toBe('unchanged')
  })

  it('is refused for each fault, with its reason and its cure', async () => {
    const expired = await issue(folder, { name: 'expired', hosts: ['ml.example'], from: -90, until: -1 })
    const early = await issue(folder, { name: 'early', hosts: ['ml.example'], from: 1 })
    const nameless = await issue(folder, { name: 'ml.example' })
    const encrypted = join(folder, 'encrypted.key')
    await run('openssl', ['pkey', '-in', good.key, '-aes256', '-passout', 'pass:secret', '-out', encrypted])
    const oldEncrypted = join(folder, 'old-encrypted.key')
    await run('openssl', ['ec', '-in', good.key, '-aes256', '-passout', 'pass:secret', '-out', oldEncrypted])
    const leafOnly = good.certificate
    const noRoot = await joinFiles(join(folder, 'no-root.pem'), [good.certificate, middle.certificate])
    const reversed = await joinFiles(join(folder, 'reversed.pem'), [
      root.certificate,
      middle.certificate,
      good.certificate,
    ])
    const gap = await joinFiles(join(folder, 'gap.pem'), [good.certificate, root.certificate])
    const der = join(folder, 'good.der')
    await run('openssl', ['x509', '-in', good.certificate, '-outform', 'der', '-out', der])
    const faults: readonly (readonly [
      code: string,
      certificate: string,
      key: string,
      host: string,
      because: RegExp,
    ])[] = [
      ['tls.other-host', chain, good.key, 'mlflow.example', /It is for ml\.example, \*\.ml\.example\./],
      ['tls.other-host', chain, good.key, 'a.b.ml.example', /It is for ml\.example/],
      ['tls.other-host', chain, good.key, '192.0.2.7', /It is for ml\.example/],
      ['tls.other-host', nameless.certificate, nameless.key, 'ml.example', /names no host/],
      ['tls.expired', expired.certificate, expired.key, 'ml.example', /ended on \d{4}-\d\d-\d\d/],
      ['tls.not-yet-valid', early.certificate, early.key, 'ml.example', /begins on/],
      ['tls.key-mismatch', chain, middle.key, 'ml.example', /for another key/],
      ['tls.encrypted-key', chain, encrypted, 'ml.example', /passphrase/],
      ['tls.encrypted-key', chain, oldEncrypted, 'ml.example', /passphrase/],
      ['tls.not-a-key', chain, chain, 'ml.example', /BEGIN PRIVATE KEY/],
      ['tls.not-a-certificate', good.key, good.key, 'ml.example', /BEGIN CERTIFICATE/],
      ['tls.not-a-certificate', der, good.key, 'ml.example', /BEGIN CERTIFICATE/],
      ['tls.chain-incomplete', leafOnly, good.key, 'ml.example', /issuer middle is missing/],
      ['tls.chain-incomplete', noRoot, good.key, 'ml.example', /issuer root is missing/],
      ['tls.wrong-order', reversed, good.key, 'ml.example', /authority root/],
      ['tls.wrong-order', gap, good.key, 'ml.example', /After good must come its issuer, middle, but root does/],
      ['tls.no-file', join(folder, 'nowhere.pem'), good.key, 'ml.example', /named as a part/],
    ]
    for (const [code, certificate, key, host, because] of faults) {
      const error = await installCertificate
        .inspect(inputFor(certificate, key, host), realPorts(), signal)
        .catch((thrown: unknown) => thrown)
      expect(error, code).toBeInstanceOf(UserError)
      expect(error).toMatchObject({ code, because: expect.stringMatching(because), hint: { text: expect.any(String) } })
    }
  })
})
