import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { bareHost } from '../formats/host-name.ts'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import type { RequestOptions } from 'node:https'
import { isIP } from 'node:net'
import { ExternalError } from '../errors.ts'
import { isRefusal, isRefusedCertificate, isUnknownName } from './failed-connection.ts'
import { systemCode } from './file-errors.ts'
import type { Http, HttpRequest, HttpResponse } from './http.ts'

/** uvicorn closes a connection that was idle for 5 s; ours must give it up before, or a request can meet a closing one. */
const IDLE_MS = 4000
/** The handshake failed before any certificate was looked at. */
const NO_HANDSHAKE = /^(ERR_SSL|EPROTO)/

/** The real Http, with one pool of connections per set of trusted roots and way around DNS. */
export function makeHttpClient(): Http {
  const agents = new Map<string, Promise<PlainAgent>>()
  const agentFor = (url: URL, { ca, connectTo }: HttpRequest): Promise<PlainAgent> => {
    const way = connectTo === undefined ? [] : [url.hostname, connectTo.host, connectTo.port]
    const key = JSON.stringify([url.protocol, ca, ...way])
    const agent = agents.get(key) ?? makeAgent(url, ca)
    agents.set(key, agent)
    return agent
  }
  return {
    request: (request) => exchange(request, agentFor),
    close: () => {
      for (const agent of agents.values()) void agent.then((made) => made.destroy())
      agents.clear()
    },
  }
}

/** `node:tls` decodes all root certificates when it is imported, so only a request that adds one imports it. */
async function makeAgent(url: URL, ca: string | undefined): Promise<PlainAgent> {
  const fixed = { keepAlive: true, timeout: IDLE_MS }
  if (url.protocol !== 'https:') return new PlainAgent(fixed)
  const roots = ca === undefined ? {} : { ca: [...(await import('node:tls')).rootCertificates, ca] }
  return new TlsAgent({ ...fixed, ...roots })
}

async function exchange(
  request: HttpRequest,
  agentFor: (url: URL, request: HttpRequest) => Promise<PlainAgent>,
): Promise<HttpResponse> {
  const url = parseTarget(request.url)
  const limit = AbortSignal.timeout(request.timeoutMs)
  const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal])
  const base = { method: request.method, headers: buildHeaders(url, request), signal }
  try {
    const options = { ...base, agent: await agentFor(url, request), ...(await buildDetour(url, request.connectTo)) }
    const open = url.protocol === 'https:' ? tlsRequest : plainRequest
    return await send(() => open(url, options), request.body)
  } catch (cause) {
    request.signal?.throwIfAborted()
    throw limit.aborted
      ? timeoutError(url, request.timeoutMs, cause)
      : connectionError(url, placeOf(url, request), cause)
  }
}

/** Node.js takes the name in the certificate from the SNI, which an address may not be: then it is told what to compare. */
async function buildDetour(url: URL, connectTo: HttpRequest['connectTo']): Promise<RequestOptions> {
  if (connectTo === undefined) return {}
  const place = { hostname: connectTo.host, port: connectTo.port }
  if (url.protocol !== 'https:') return place
  const name = bareHost(url.hostname)
  if (isIP(name) === 0) return { ...place, servername: name }
  const { checkServerIdentity } = await import('node:tls')
  return {
    ...place,
    servername: '',
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  }
}

function parseTarget(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol)) return url
  throw new ExternalError('http.failed', 'The address is not a URL that starts with http:// or https://.')
}

function buildHeaders(url: URL, request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = { accept: '*/*', 'user-agent': 'mlflow-setup', ...request.headers }
  if (request.connectTo !== undefined) headers['host'] = url.host
  if (request.body !== undefined) headers['content-length'] = String(Buffer.byteLength(request.body))
  if (request.login !== undefined) {
    const pair = `${request.login.user}:${request.login.password.reveal()}`
    headers['authorization'] = `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`
  }
  return headers
}

/** One request; a kept connection that the server closed at that very moment is replaced once. */
async function send(open: () => ClientRequest, body: HttpRequest['body']): Promise<HttpResponse> {
  const first = open()
  try {
    return await receive(first, body)
  } catch (error) {
    if (!first.reusedSocket || systemCode(error) !== 'ECONNRESET') throw error
    return await receive(open(), body)
  }
}

function receive(outgoing: ClientRequest, body: HttpRequest['body']): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let answered = false
    outgoing.on('response', (incoming) => {
      answered = true
      collect(incoming).then(resolve, reject)
    })
    // A server that refuses an upload answers and closes: the failing rest of the upload is not the news then.
    outgoing.on('error', (error) => {
      if (!answered) reject(error)
    })
    outgoing.end(body)
  })
}

async function collect(incoming: IncomingMessage): Promise<HttpResponse> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part)
  const body = Buffer.concat(parts)
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')])
  return {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body,
    text: () => body.toString('utf8'),
    json: () => parseJson(body.toString('utf8')),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function timeoutError(url: URL, timeoutMs: number, cause: unknown): ExternalError {
  return new ExternalError('http.timeout', `${url.origin} did not answer within ${timeoutMs / 1000} s.`, {
    because: 'The server is overloaded, waits for something itself, or a firewall drops the packets.',
    cause,
  })
}

/** Whom the connection was made to, in words. */
function placeOf(url: URL, { connectTo }: HttpRequest): string {
  return connectTo === undefined ? url.host : `${url.host} at ${connectTo.host}:${connectTo.port}`
}

function connectionError(url: URL, place: string, cause: unknown): ExternalError {
  const code = systemCode(cause)
  if (isRefusal(code)) {
    const because =
      code === 'ECONNREFUSED' ? 'Nothing listens on that port.' : 'There is no way to that host from here.'
    return new ExternalError('http.refused', `${place} refused the connection.`, { because, cause })
  }
  if (isUnknownName(code)) {
    return new ExternalError('http.unknown-host', `No address is known for the name ${url.hostname}.`, {
      because: 'The name is misspelt, or this machine asks a DNS server that does not know it.',
      cause,
    })
  }
  const words = cause instanceof Error ? cause.message : String(cause)
  if (isRefusedCertificate(code) || NO_HANDSHAKE.test(code)) {
    return new ExternalError('http.tls', `No trusted TLS connection to ${place}.`, {
      because: `${words} (${code}).`,
      cause,
    })
  }
  return new ExternalError('http.failed', `The connection to ${place} broke.`, {
    because: code === '' ? words : `${words} (${code}).`,
    cause,
  })
}
