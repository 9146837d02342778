// In: names of packages. Out: a package index on this machine that has them, by https with a login where wanted.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface PackageIndex {
  /** `http://127.0.0.1:4711/simple`, with the login if there is one. */
  readonly url: string
  /** The file with the certificate, for https. */
  readonly certificate: string
  close(): Promise<void>
}

const WHEEL_MAKER = `
import sys, zipfile
folder, name, version = sys.argv[1:]
stem = '%s-%s' % (name, version)
files = {name + '.py': 'VERSION = %r\\n' % version,
         stem + '.dist-info/METADATA': 'Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n' % (name, version),
         stem + '.dist-info/WHEEL': 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'}
files[stem + '.dist-info/RECORD'] = ''.join('%s,,\\n' % f for f in files)
with zipfile.ZipFile('%s/%s-py3-none-any.whl' % (folder, stem), 'w') as wheel:
    for path, text in files.items(): wheel.writestr(path, text)
`

/** Serves one-module packages such as `tiny==1.0`. `folder` is an empty directory of the test. */
export async function startPackageIndex(
  folder: string,
  packages: readonly string[],
  options: { readonly tls: boolean; readonly login?: string },
): Promise<PackageIndex> {
  const wheels = await Promise.all(packages.map((wanted) => makeWheel(folder, wanted)))
  const certificate = join(folder, 'certificate.pem')
  const server = options.tls
    ? createTlsServer(await makeCertificate(folder, certificate), answer)
    : createServer(answer)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const login = options.login === undefined ? '' : `${options.login}@`
  return {
    url: `${options.tls ? 'https' : 'http'}://${login}127.0.0.1:${port}/simple`,
    certificate,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const expected = options.login === undefined ? undefined : `Basic ${Buffer.from(options.login).toString('base64')}`
    if (expected !== undefined && request.headers.authorization !== expected) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="index"' }).end()
      return
    }
    const [, , name = ''] = (request.url ?? '').split('/')
    const wheel = wheels.find(({ file }) => file === name)
    if (wheel !== undefined) response.writeHead(200).end(wheel.bytes)
    else listVersions(name, response)
  }

  function listVersions(name: string, response: ServerResponse): void {
    const listed = wheels.filter((wheel) => wheel.name === name)
    const links = listed.map(({ file, hash }) => `<a href="/files/${file}#sha256=${hash}">${file}</a>`)
    response.writeHead(listed.length === 0 ? 404 : 200, { 'Content-Type': 'text/html' }).end(links.join('\n'))
  }
}

async function makeWheel(folder: string, wanted: string) {
  const [name = '', version = ''] = wanted.split('==')
  await run('python3', ['-c', WHEEL_MAKER, folder, name, version])
  const file = `${name}-${version}-py3-none-any.whl`
  const bytes = await readFile(join(folder, file))
  return { name, file, bytes, hash: createHash('sha256').update(bytes).digest('hex') }
}

async function makeCertificate(folder: string, certificate: string) {
  const key = join(folder, 'key.pem')
  // OpenSSL makes it an authority unless told otherwise, and uv takes no authority's certificate from a server.
  const extensions = ['subjectAltName=IP:127.0.0.1', 'basicConstraints=critical,CA:FALSE']
  const subject = ['-subj', '/CN=127.0.0.1', ...extensions.flatMap((extension) => ['-addext', extension])]
  const shape = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await run('openssl', ['req', ...shape, ...subject, '-keyout', key, '-out', certificate])
  return { key: await readFile(key), cert: await readFile(certificate) }
}
