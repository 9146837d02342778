import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createPlainServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { makeHttp } from '../../../src/ports/http.ts'
import { Secret } from '../../../src/secret.ts'
import { makeCertificate } from '../../testbed/self-signed.ts'

const http = makeHttp()
const open: { close(): unknown; closeAllConnections?(): void }[] = []

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections?.()
    server.close()
  }
  http.close()
})

async function listen(server: Server | ReturnType<typeof createPlainServer>): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(server)
  const address = server.address()
  return `http://127.0.0.1:${address !== null && typeof address !== 'string' ? address.port : 0}`
}

function serve(answer: RequestListener): Promise<string> {
  return listen(createServer(answer))
}

const get = (url: string, timeoutMs = 5000) => http.request({ method: 'GET', url, timeoutMs })

describe('makeHttp', () => {
  it('sends method, header, login and bytes, and takes any status as an answer', async () => {
    const url = await serve(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part)
      const seen = { method: request.method, login: request.headers.authorization, bytes: Buffer.concat(parts).length }
      response.writeHead(418, { 'X-Seen': 'yes' }).end(JSON.stringify(seen))
    })
    const login = { user: 'ann', password: new Secret('ü:1') }
    const response = await http.request({ method: 'PUT', url, login, body: new Uint8Array(3_000_000), timeoutMs: 5000 })
    expect(response.status).toBe(418)
    expect(response.headers['x-seen']).toBe('yes')
    const authorization = `Basic ${Buffer.from('ann:ü:1').toString('base64')}`
    expect(response.json()).toEqual({ method: 'PUT', login: authorization, bytes: 3_000_000 })
  })

  it('keeps the connection, and replaces one that the server has closed', async () => {
    let connections = 0
    const server = createServer((_request, response) => response.end('ok'))
    server.on('connection', () => (connections += 1))
    const url = await listen(server)
    await get(url)
    await get(url)
    expect(connections).toBe(1)
    server.closeAllConnections()
    expect((await get(url)).text()).toBe('ok')
  })

  it('does not follow redirects, and reads what is not JSON as undefined', async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: '/x' }).end('moved'))
    const response = await get(url)
    expect([response.status, response.headers['location'], response.json()]).toEqual([302, '/x', undefined])
  })

  it('hears a refusal that comes before the upload has ended', async () => {
    const url = await serve((_request, response) => response.writeHead(413, { connection: 'close' }).end('too large'))
    const response = await http.request({ method: 'PUT', url, body: new Uint8Array(20_000_000), timeoutMs: 5000 })
    expect(response.status).toBe(413)
  })

  it('tells failures apart', async () => {
    const silent = await serve(() => undefined)
    await expect(get(silent, 100)).rejects.toMatchObject({ code: 'http.timeout' })
    await expect(get('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'http.refused' })
    await expect(get('http://no-such-name.invalid')).rejects.toMatchObject({ code: 'http.unknown-host' })
    await expect(get('ftp://127.0.0.1')).rejects.toMatchObject({ code: 'http.failed' })
    const noise = await listen(createPlainServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')))
    await expect(get(noise)).rejects.toMatchObject({ code: 'http.failed', because: expect.stringContaining('HPE_') })
    const plain = await serve((_request, response) => response.end('ok'))
    await expect(get(plain.replace('http:', 'https:'))).rejects.toMatchObject({ code: 'http.tls' })
  })

  it('connects to another place when told so, under the name of the URL', async () => {
    const url = await serve((request, response) => response.end(request.headers.host))
    const connectTo = { host: '127.0.0.1', port: Number(new URL(url).port) }
    const ask = (address: string, place = connectTo) =>
      http.request({ method: 'GET', url: address, connectTo: place, timeoutMs: 5000 })
    expect((await ask('http://no-such-name.invalid:8080/x')).text()).toBe('no-such-name.invalid:8080')
    await expect(ask('http://no-such-name.invalid', { host: '127.0.0.1', port: 1 })).rejects.toMatchObject({
      code: 'http.refused',
      message: 'no-such-name.invalid at 127.0.0.1:1 refused the connection.',
    })
  })

  it.each([
    { host: 'mlflow.example', other: 'mlflow.other' },
    { host: '10.1.2.3', other: '10.1.2.4' },
    { host: '[fd00::1]', other: '[fd00::2]' },
  ])('checks the certificate of $host, wherever it connects to', async ({ host, other }) => {
    const { key, certificate } = await makeCertificate(host)
    const names: unknown[] = []
    const server = createTlsServer({
      key,
      cert: certificate,
      SNICallback: (name, done) => (names.push(name), done(null)),
    })
    server.on('request', (_request, response) => response.end('ok'))
    const port = Number(new URL(await listen(server)).port)
    const ask = (name: string, ca?: string) => {
      const request = { method: 'GET', url: `https://${name}:8443/`, timeoutMs: 5000 } as const
      return http.request({ ...request, connectTo: { host: '127.0.0.1', port }, ...(ca === undefined ? {} : { ca }) })
    }
    expect((await ask(host, certificate)).text()).toBe('ok')
    expect(names).toEqual(host === 'mlflow.example' ? [host] : [])
    await expect(ask(other, certificate)).rejects.toMatchObject({
      code: 'http.tls',
      because: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    })
    await expect(ask(host)).rejects.toMatchObject({ code: 'http.tls' })
  })

  it('throws the reason of an abort', async () => {
    const silent = await serve(() => undefined)
    const abort = new AbortController()
    const asked = http.request({ method: 'GET', url: silent, timeoutMs: 5000, signal: abort.signal })
    abort.abort(new Error('stop'))
    await expect(asked).rejects.toThrow('stop')
  })
})
