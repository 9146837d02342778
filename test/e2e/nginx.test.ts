import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { request as plainRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as tlsRequest } from 'node:https'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StackSpec } from '../../src/stack/spec.ts'
import { certificateLayout } from '../../src/targets/native/proxy-certificate.ts'
import { proxyLayout } from '../../src/targets/native/proxy-layout.ts'
import { BUCKET } from '../fakes/stack.ts'
import { need } from '../testbed/need.ts'
import { applyPart, findNginxProgram, PASSWORD, startProxy, writePasswords } from '../testbed/nginx-server.ts'
import type { Proxied } from '../testbed/nginx-server.ts'
import { eventually } from '../testbed/sandbox.ts'

let proxied: Proxied | undefined

beforeEach((context) => {
  need(context, findNginxProgram(), 'nginx')
})

afterEach(async () => {
  await proxied?.stop()
  proxied = undefined
})

const LOGIN = { auth: { kind: 'htpasswd', adminUser: 'admin' } } as const
const TLS = { tls: { kind: 'self-signed' } } as const

async function start(changes: Partial<StackSpec> = {}, path = '', startedBy?: 'root'): Promise<Proxied> {
  proxied = await startProxy(changes, path, startedBy)
  return proxied
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  readonly bytes: number
}

interface Asking {
  readonly method?: string
  readonly user?: string
  readonly password?: string
  readonly headers?: Record<string, string>
  readonly body?: Readable | string
  /** Sent as it stands, where a URL would be tidied up. */
  readonly rawPath?: string
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

async function ask({ origin, stack }: Proxied, path: string, asking: Asking = {}): Promise<Answer> {
  const url = new URL(path, origin)
  const { user, password = PASSWORD, method = 'GET', headers = {}, body, rawPath } = asking
  const secure = url.protocol === 'https:'
  const ca = secure ? { ca: await readFile(certificateLayout(stack).root) } : {}
  const login = user === undefined ? {} : { authorization: basic(user, password) }
  const options = { method, headers: { ...login, ...headers }, agent: false, ...ca }
  const target = { ...options, host: url.hostname, port: url.port, path: rawPath ?? url.pathname + url.search }
  return new Promise((resolve, reject) => {
    const request = (secure ? tlsRequest : plainRequest)(target, (response) => {
      const parts: Buffer[] = []
      let bytes = 0
      response.on('data', (part: Buffer) => {
        bytes += part.length
        if (bytes < 100_000) parts.push(part)
      })
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: textOf(Buffer.concat(parts), response),
          bytes,
        }),
      )
      response.on('error', reject)
    })
    request.on('error', reject)
    if (body instanceof Readable) body.pipe(request)
    else request.end(body)
  })
}

function textOf(body: Buffer, { headers }: IncomingMessage): string {
  return (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
}

function zeros(megabytes: number): Readable {
  return Readable.from(Array.from({ length: megabytes }, () => Buffer.alloc(1 << 20)))
}

describe('the login', () => {
  it('lets in who has the password, asks all others, and keeps the password from MLflow', async () => {
    const server = await start(LOGIN)
    const anonymous = await ask(server, '/api/2.0/mlflow/experiments/search')
    expect(anonymous.status).toBe(401)
    expect(anonymous.headers['www-authenticate']).toBe('Basic realm="MLflow"')
    expect((await ask(server, '/', { user: 'admin', password: 'wrong' })).status).toBe(401)
    expect((await ask(server, '/', { user: 'nobody' })).status).toBe(401)
    expect(server.reached).toEqual([])
    const inside = await ask(server, '/api/2.0/mlflow/experiments/search', { user: 'admin' })
    expect(inside.status).toBe(200)
    expect(server.reached.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  it('leaves /health open, and nothing else that only looks like it', async () => {
    const server = await start(LOGIN)
    expect((await ask(server, '/health')).text).toBe('OK')
    const around = '/api/2.0/mlflow-artifacts/artifacts/../../../../health'
    expect((await ask(server, '/', { rawPath: around })).text).toBe('OK')
    // Whatever way led there, MLflow was asked for nothing but its health.
    expect(server.reached.map(({ url }) => url)).toEqual(['/health', '/health'])
    const filling = await ask(server, '/health', { method: 'POST', body: zeros(3) }).catch(() => ({ status: 413 }))
    expect([filling.status, server.reached.length]).toEqual([413, 2])
    for (const path of ['/health/', '/healthz', '/_mlflow_login', '/%2e%2e/health/x'])
      expect((await ask(server, '/', { rawPath: path })).status, path).not.toBe(200)
  })

  it('checks a password once, and takes a user away at once when the cache is emptied', async () => {
    const server = await start(LOGIN)
    const { logins, passwords } = proxyLayout(server.stack)
    expect((await ask(server, '/', { user: 'admin' })).status).toBe(200)
    expect(await readdir(logins)).toHaveLength(1)
    await rm(passwords)
    expect((await ask(server, '/', { user: 'admin' })).status).toBe(200)
    await writePasswords(server.stack, ['somebody'])
    for (const name of await readdir(logins)) await rm(`${logins}/${name}`)
    expect((await ask(server, '/', { user: 'admin' })).status).toBe(401)
    expect((await ask(server, '/', { user: 'somebody' })).status).toBe(200)
  })

  it('slows down who guesses, not their neighbours, and names them in the log', async () => {
    const server = await start(LOGIN)
    await writePasswords(server.stack, ['admin', 'ada'])
    const guesses = await Promise.all(
      Array.from({ length: 45 }, (_, at) => ask(server, '/', { user: 'admin', password: `guess ${at}` })),
    )
    const statuses = guesses.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    expect(statuses.filter((status) => status === 401).length).toBeLessThan(25)
    expect(guesses.find(({ status }) => status === 429)?.headers['retry-after']).toBe('5')
    expect((await ask(server, '/', { user: 'admin' })).status).toBe(429)
    expect((await ask(server, '/', { user: 'ada' })).status).toBe(200)
    expect(await server.errors()).toMatch(/user "admin": password mismatch, client: 127\.0\.0\.1/)
  })

  it('takes the addresses of one network of IPv6 for one', async () => {
    const server = await start(LOGIN)
    // Hashes that are checked at once: on a busy machine, bcrypt alone is as slow as the limit.
    await writePasswords(server.stack, ['admin'])
    const socketPath = join(proxyLayout(server.stack).logins, '../login.sock')
    const guess = (address: string, at: number) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { authorization: basic('admin', `guess ${at}`), 'x-real-ip': address }
        plainRequest({ socketPath, headers }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
    const guesses = await Promise.all(Array.from({ length: 30 }, (_, at) => guess(`2001:db8:0:1::${at + 1}`, at)))
    expect(new Set(guesses)).toEqual(new Set([401, 429]))
    expect(await guess('2001:db8:0:2::1', 31)).toBe(401)
  })

  it('does not count the same wrong password of many scripts as many guesses', async () => {
    const server = await start(LOGIN)
    const old = { user: 'admin', password: 'last year' }
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(server, '/', old)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
  })

  it('hands what MLflow says through, also when that is a failure', async () => {
    const server = await start(LOGIN)
    const failed = await ask(server, '/fails', { user: 'admin' })
    expect(failed).toMatchObject({ status: 500, text: '{"error_code":"INTERNAL_ERROR"}' })
  })

  it("is MLflow's own with basic-auth: the password goes through, and guesses are counted before", async () => {
    const server = await start({ auth: { kind: 'basic-auth', adminUser: 'admin' } }, '/ml')
    const anonymous = await ask(server, '/ml/')
    expect([anonymous.status, anonymous.headers['www-authenticate']]).toEqual([401, 'Basic realm="mlflow"'])
    expect((await ask(server, '/ml/health')).text).toBe('OK')
    const posted = { user: 'admin', method: 'POST', body: 'a run' }
    for (const _ of [1, 2]) expect((await ask(server, '/ml/api/2.0/x', posted)).status).toBe(200)
    const inside = server.reached.filter(({ headers }) => headers.authorization === basic('admin', PASSWORD))
    // Asked for the login once, and for what was wanted twice.
    expect(inside.map(({ method, url, bytes }) => `${method} ${url} ${bytes}`)).toEqual([
      'GET /ml/version 0',
      'POST /ml/api/2.0/x 5',
      'POST /ml/api/2.0/x 5',
    ])
    const before = server.reached.length
    const guesses = await Promise.all(
      Array.from({ length: 45 }, (_, at) => ask(server, '/ml/', { user: 'admin', password: `guess ${at}` })),
    )
    expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401, 429]))
    expect(server.reached.length - before).toBeLessThan(25)
  })

  it('comes up again after it was killed, and stops without leaving anything', async () => {
    const server = await start(LOGIN)
    expect((await ask(server, '/', { user: 'admin' })).status).toBe(200)
    await server.kill('SIGKILL')
    await server.start()
    expect((await ask(server, '/', { user: 'admin' })).status).toBe(200)
    await server.kill('SIGQUIT')
    expect(await server.errors()).not.toMatch(/emerg|alert/)
  })
})

async function childrenOf(pid: number): Promise<readonly { readonly pid: number; readonly name: string }[]> {
  const pids = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number)
  return Promise.all(
    pids.map(async (child) => ({ pid: child, name: (await readFile(`/proc/${child}/comm`, 'utf8')).trim() })),
  )
}

describe('as a system user', () => {
  const usersOf = async (pids: readonly number[]) =>
    Promise.all(pids.map(async (pid) => (await stat(`/proc/${pid}`)).uid))

  beforeEach((context) => {
    need(context, process.getuid?.() === 0 || undefined, 'root, who gives processes to others')
  })

  it.each(['that user', 'root'] as const)('runs, started by %s', async (startedBy) => {
    const server = await start({ ...LOGIN, ...TLS, runAs: 'www-data' }, '', startedBy === 'root' ? 'root' : undefined)
    const uid = Number(/^www-data:[^:]*:(\d+):/m.exec(await readFile('/etc/passwd', 'utf8'))?.[1])
    expect((await ask(server, '/', { user: 'admin' })).status).toBe(200)
    const worker = (await childrenOf(server.pid())).find(({ name }) => name === 'nginx')?.pid ?? 0
    expect(await usersOf([server.pid(), worker])).toEqual([startedBy === 'root' ? 0 : uid, uid])
    const { logins, passwords, accessLogs, run, temporary, temporaryFolders } = proxyLayout(server.stack)
    expect((await stat(run)).mode & 0o777).toBe(startedBy === 'root' ? 0o710 : 0o700)
    expect((await stat(temporary)).uid).toBe(0)
    expect(await Promise.all(temporaryFolders.map(async (path) => (await stat(path)).uid))).toEqual([uid, uid, uid])
    expect(logins).toMatch(/^\/dev\/shm\//)
    expect(await readdir(logins)).toHaveLength(1)
    expect((await stat(passwords)).mode & 0o007).toBe(0)
    expect((await stat(accessLogs)).uid).toBe(uid)
    expect(await applyPart(server.stack, server.ports)).toEqual([])
  })
})

describe('as a system user without a group of that name', () => {
  it('runs', async (context) => {
    need(context, process.getuid?.() === 0 || undefined, 'root, who gives processes to others')
    const server = await start({ ...LOGIN, runAs: 'nobody' }, '', 'root')
    expect((await ask(server, '/', { user: 'admin' })).status).toBe(200)
  })
})

describe('artifacts', () => {
  const upload = '/api/2.0/mlflow-artifacts/artifacts/1/run/artifacts/big%2Fname with%20space.bin'.replace(' ', '%20')

  it('stream up and down without a limit and without a file in between', async () => {
    const server = await start({ ...LOGIN, ...TLS })
    const { temporary } = proxyLayout(server.stack)
    const put = ask(server, upload, { user: 'admin', method: 'PUT', body: zeros(64) })
    const get = ask(server, '/api/2.0/mlflow-artifacts/artifacts/download/67108864', { user: 'admin' })
    let files: string[] = []
    const watch = setInterval(
      () => void readdir(temporary, { recursive: true }).then((all) => (files = [...files, ...all])),
      5,
    )
    expect(await put).toMatchObject({ status: 200 })
    expect(await get).toMatchObject({ status: 200, bytes: 67_108_864 })
    clearInterval(watch)
    expect(files.filter((name) => /\d$/.test(name))).toEqual([])
    const reached = server.reached.find(({ method }) => method === 'PUT')
    expect(reached).toMatchObject({ bytes: 64 << 20, url: upload })
  })

  it('are asked for the password before the body is sent', async () => {
    const server = await start(LOGIN)
    const refused = await ask(server, upload, {
      method: 'PUT',
      headers: { expect: '100-continue', 'content-length': '9' },
    })
    expect(refused.status).toBe(401)
    expect(server.reached).toEqual([])
    const taken = await ask(server, upload, {
      user: 'admin',
      method: 'PUT',
      headers: { expect: '100-continue' },
      body: 'nine byte',
    })
    expect(taken.status).toBe(200)
    expect(server.reached.map(({ bytes }) => bytes)).toEqual([9])
  })

  it('have a server of their own in scenario 6, and all else goes to the tracking server', async () => {
    const server = await start({ scenario: 6, artifactStore: { kind: 'local', path: 'artifacts' } })
    const paths = [
      '/api/2.0/mlflow-artifacts/artifacts/1/a',
      '/ajax-api/2.0/mlflow-artifacts/artifacts?path=1',
      '/api/2.0/mlflow/artifacts/list?run_id=1',
      '/get-artifact?run_id=1',
      '/',
    ]
    for (const path of paths) await ask(server, path)
    expect(server.reached.map(({ server }) => server)).toEqual([
      'artifacts',
      'artifacts',
      'tracking',
      'tracking',
      'tracking',
    ])
  })
})

describe('the bucket', () => {
  const info = '/api/3.0/mlflow/server-info'

  it('is kept from clients that may not go there', async () => {
    const server = await start({ artifactStore: { ...BUCKET, publicEndpoint: undefined } })
    for (const path of [info, `/ajax-api/3.0/mlflow/server-info`]) {
      const { text } = await ask(server, path, { headers: { 'accept-encoding': 'gzip' } })
      expect(JSON.parse(text)).toMatchObject({ multipart_uploads_enabled: false, multipart_downloads_enabled: false })
    }
    for (const way of ['mpu/create/1/a', 'presigned/1/a'])
      expect((await ask(server, `/api/2.0/mlflow-artifacts/${way}`)).status).toBe(501)
    expect(server.reached).toHaveLength(2)
  })

  it('is offered to clients that know its public endpoint', async () => {
    const server = await start({ artifactStore: { ...BUCKET, publicEndpoint: 'https://s3.example' } })
    expect(JSON.parse((await ask(server, info)).text)).toMatchObject({ multipart_uploads_enabled: true })
    expect((await ask(server, '/api/2.0/mlflow-artifacts/mpu/create/1/a')).status).toBe(200)
  })
})

describe('the address', () => {
  it('is passed on with its port, and the client with its own address', async () => {
    const server = await start(TLS)
    await ask(server, '/x?a=%2F')
    const { host } = new URL(server.origin)
    expect(server.reached[0]).toMatchObject({
      url: '/x?a=%2F',
      headers: { host, 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' },
    })
  })

  it('refuses other names, and has the headers that browsers want, each once', async () => {
    const server = await start()
    const other = await ask(server, '/', { headers: { host: 'evil.example' } })
    expect(other.status).toBe(421)
    expect(server.reached).toEqual([])
    const { headers } = await ask(server, '/')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'same-origin',
      server: 'nginx',
    })
    expect(headers['strict-transport-security']).toBeUndefined()
  })

  it('has a path that MLflow gets unchanged', async () => {
    const server = await start(LOGIN, '/ml.flow')
    expect((await ask(server, '/ml.flow/health')).text).toBe('OK')
    expect((await ask(server, '/')).headers.location).toBe('/ml.flow/')
    expect((await ask(server, '/health')).status).toBe(404)
    expect((await ask(server, '/ml.flow/api/2.0/mlflow-artifacts/artifacts/a')).status).toBe(401)
    expect((await ask(server, '/mlxflow/api/2.0/mlflow-artifacts/artifacts/a', { user: 'admin' })).status).toBe(404)
    await ask(server, '/ml.flow/api/2.0/mlflow/runs/search', { user: 'admin' })
    expect(server.reached.map(({ url }) => url)).toEqual(['/ml.flow/health', '/ml.flow/api/2.0/mlflow/runs/search'])
  })

  it('is for networks that may come in only', async () => {
    const program = findNginxProgram() ?? ''
    const server = await start({ proxy: { kind: 'managed', program, allowFrom: ['192.0.2.0/24', '2001:db8::/32'] } })
    // This machine may, so that it can prove the stack.
    expect((await ask(server, '/')).status).toBe(200)
    const config = await readFile(proxyLayout(server.stack).config, 'utf8')
    expect(config).toMatch(/allow 192\.0\.2\.0\/24;\s+allow 2001:db8::\/32;\s+deny all;/)
  })
})

describe('TLS', () => {
  it('is 1.2 and 1.3, and speaks HTTP/2', async () => {
    const server = await start(TLS)
    const { port } = new URL(server.origin)
    const ca = await readFile(certificateLayout(server.stack).root)
    const protocolOf = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
      new Promise((resolve) => {
        const ciphers = 'DEFAULT@SECLEVEL=0'
        const options = { host: 'localhost', port: Number(port), ca, minVersion: version, maxVersion: version, ciphers }
        const socket = connectTls({ ...options, servername: 'localhost' }, () => {
          resolve(socket.getProtocol())
          socket.destroy()
        })
        socket.on('error', () => resolve('refused'))
      })
    expect(await protocolOf('TLSv1.1')).toBe('refused')
    expect(await protocolOf('TLSv1.2')).toBe('TLSv1.2')
    expect(await protocolOf('TLSv1.3')).toBe('TLSv1.3')
    const session = connectHttp2(server.origin, { ca })
    const upload = session.request({ ':method': 'PUT', ':path': '/api/2.0/mlflow-artifacts/artifacts/a' })
    zeros(3).pipe(upload)
    const status = await new Promise((resolve) => upload.on('response', (headers) => resolve(headers[':status'])))
    upload.resume()
    session.close()
    expect(status).toBe(200)
    expect(server.reached[0]).toMatchObject({ bytes: 3 << 20, headers: { host: new URL(server.origin).host } })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('goes on where a client of %s left off', async (version) => {
    const server = await start(TLS)
    const ca = await readFile(certificateLayout(server.stack).root)
    const { port } = new URL(server.origin)
    const options = { port: Number(port), ca, servername: 'localhost', minVersion: version, maxVersion: version }
    const request = `GET /health HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`
    const connect = (session?: Buffer) =>
      new Promise<{ readonly reused: boolean; readonly session: Buffer | undefined }>((resolve, reject) => {
        const socket = connectTls({ host: 'localhost', ...options, ...(session === undefined ? {} : { session }) })
        const seen: { reused: boolean; session: Buffer | undefined } = { reused: false, session: undefined }
        socket.on('secureConnect', () => {
          seen.reused = socket.isSessionReused()
          socket.write(request)
        })
        socket.on('session', (next) => (seen.session = next))
        // Once it has answered, nginx has put the session into its cache.
        socket.on('close', () => resolve(seen))
        socket.on('error', reject)
        socket.resume()
      })
    const { session, reused } = await connect()
    expect([reused, (await connect(session)).reused]).toEqual([false, true])
  })

  it('is pointed to from plain HTTP on its port, and a POST stays one', async () => {
    const server = await start(TLS)
    const plain = { ...server, origin: server.origin.replace('https:', 'http:') }
    const answer = await ask(plain, '/api/2.0/mlflow/runs/search?a=b', { method: 'POST', body: '{}' })
    expect(answer.status).toBe(308)
    expect(answer.headers.location).toBe(`${server.origin}/api/2.0/mlflow/runs/search?a=b`)
  })
})

it('takes a large batch without a file in between', async () => {
  const server = await start()
  const bodies = join(proxyLayout(server.stack).temporary, 'bodies')
  const before = (await stat(bodies)).mtimeMs
  expect(
    (await ask(server, '/api/2.0/mlflow/runs/log-batch', { method: 'POST', body: 'x'.repeat(200_000) })).status,
  ).toBe(200)
  expect((await stat(bodies)).mtimeMs).toBe(before)
})

it('keeps a log of requests by day for two weeks, without passwords', async () => {
  const server = await start(LOGIN)
  const old = join(proxyLayout(server.stack).accessLogs, 'access-2026-01-01.log')
  await writeFile(old, 'old\n')
  await utimes(old, 1_767_225_600, 1_767_225_600)
  await server.kill('SIGTERM')
  await server.start()
  await ask(server, '/api/2.0/mlflow/runs/search', { user: 'admin' })
  const { accessLogs } = proxyLayout(server.stack)
  const text = await eventually(
    async () => {
      const names = await readdir(accessLogs)
      expect(
        names.every((name) => /^access-\d{4}-\d\d-\d\d\.log$/.test(name)),
        names.join(),
      ).toBe(true)
      return (await Promise.all(names.map((name) => readFile(`${accessLogs}/${name}`, 'utf8')))).join('')
    },
    (text) => text.includes('/runs/search'),
  )
  expect(text).toMatch(/^127\.0\.0\.1 - admin \[/)
  expect(text).not.toContain(PASSWORD)
})
