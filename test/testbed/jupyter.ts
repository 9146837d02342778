// In: the address of a notebook behind nginx, and a login. Out: whoever runs code in it, as its page does in a browser.
import { randomBytes } from 'node:crypto'
import { request, type RequestOptions } from 'node:https'
import type { Duplex } from 'node:stream'

export interface NotebookLogin {
  readonly user: string
  readonly password: string
  readonly ca: string
}

/** `base` is `https://host:port/notebook`. Without a login where that is undefined. */
export interface Jupyter {
  get(path: string): Promise<Answer>
  /** Starts a kernel, runs the code, ends the kernel; returns what it printed. Throws for code that fails. */
  run(code: string): Promise<string>
  /** The status of the answer to a page of somebody else's that wants to run code. */
  runFrom(origin: string): Promise<number>
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly cookies: readonly string[]
}

const TIME_LIMIT_MS = 120_000

export function openJupyter(base: string, login: NotebookLogin | undefined): Jupyter {
  const options = (method: string, path: string, headers: Readonly<Record<string, string>> = {}): RequestOptions => {
    const { hostname, port, pathname } = new URL(`${base}${path}`)
    const auth = login === undefined ? {} : { auth: `${login.user}:${login.password}` }
    const ca = login === undefined ? { rejectUnauthorized: false } : { ca: login.ca }
    return { hostname, port, method, path: pathname, headers, agent: false, ...auth, ...ca }
  }
  const call = (method: string, path: string, headers?: Readonly<Record<string, string>>, body = '') =>
    ask(options(method, path, headers), body)
  const startKernel = async () => {
    const { cookies } = await call('GET', '/lab')
    const cookie = cookies.map((one) => one.replace(/;.*$/s, '')).join('; ')
    const token = /_xsrf=([^;]+)/.exec(cookie)?.[1] ?? ''
    const headers = { cookie, 'x-xsrftoken': token, 'content-type': 'application/json' }
    const { status, text } = await call('POST', '/api/kernels', headers, JSON.stringify({ name: 'python3' }))
    if (status !== 201) throw new Error(`no kernel: ${status} ${text}`)
    return { path: `/api/kernels/${JSON.parse(text).id}`, headers }
  }
  return {
    get: (path) => call('GET', path),
    async run(code) {
      const { path, headers } = await startKernel()
      try {
        const origin = new URL(base).origin
        const socket = await upgrade(options('GET', `${path}/channels`, { ...headers, ...handshake(origin) }))
        if (typeof socket === 'number') throw new Error(`no WebSocket: ${socket}`)
        return await execute(socket, code)
      } finally {
        await call('DELETE', path, headers)
      }
    },
    async runFrom(origin) {
      const { path, headers } = await startKernel()
      const socket = await upgrade(options('GET', `${path}/channels`, { ...headers, ...handshake(origin) }))
      await call('DELETE', path, headers)
      if (typeof socket === 'number') return socket
      socket.destroy()
      return 101
    },
  }
}

function ask(options: RequestOptions, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => (text += part))
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, text, cookies: answer.headers['set-cookie'] ?? [] }),
      )
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

function handshake(origin: string): Readonly<Record<string, string>> {
  const key = randomBytes(16).toString('base64')
  return {
    connection: 'Upgrade',
    upgrade: 'websocket',
    origin,
    'sec-websocket-version': '13',
    'sec-websocket-key': key,
  }
}

/** The status, where the server does not want to. */
function upgrade(options: RequestOptions): Promise<Duplex | number> {
  return new Promise((resolve, reject) => {
    const asked = request(options, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.on('upgrade', (_answer, socket) => resolve(socket))
    asked.on('error', reject)
    asked.end()
  })
}

/** Jupyter's messages are JSON in text frames. */
async function execute(socket: Duplex, code: string): Promise<string> {
  const header = { msg_id: 'run', session: 'test', username: 'test', msg_type: 'execute_request', version: '5.3' }
  const content = { code, silent: false }
  socket.write(frame(JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: 'shell' })))
  const limit = setTimeout(() => socket.destroy(new Error('the code takes too long')), TIME_LIMIT_MS)
  let printed = ''
  try {
    for await (const text of texts(socket)) {
      const { msg_type: type, content: said } = JSON.parse(text)
      if (type === 'stream') printed += said.text
      if (type === 'error') throw new Error(`${said.ename}: ${said.evalue}\n${printed}`)
      if (type === 'execute_reply' && said.status === 'ok') return printed
    }
    throw new Error(`the notebook hung up: ${printed}`)
  } finally {
    clearTimeout(limit)
    socket.destroy()
  }
}

/** A text in one frame, masked, as clients must send it. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  const mask = randomBytes(4)
  const head = Buffer.alloc(4)
  head.writeUInt8(0x81, 0)
  head.writeUInt8(0x80 | 126, 1)
  head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))])
}

/** Whole text frames; others, such as pings, are passed over. */
async function* texts(socket: Duplex): AsyncGenerator<string> {
  let rest = Buffer.alloc(0)
  for await (const part of socket) {
    rest = Buffer.concat([rest, part])
    for (let found = unframe(rest); found !== undefined; found = unframe(rest)) {
      rest = rest.subarray(found.end)
      if (found.opcode === 1) yield found.payload.toString('utf8')
    }
  }
}

function unframe(
  bytes: Buffer,
): { readonly opcode: number; readonly payload: Buffer; readonly end: number } | undefined {
  if (bytes.length < 2) return undefined
  const short = bytes.readUInt8(1) & 0x7f
  const begin = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < begin) return undefined
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  const end = begin + length
  if (bytes.length < end) return undefined
  return { opcode: bytes.readUInt8(0) & 0x0f, payload: bytes.subarray(begin, end), end }
}
