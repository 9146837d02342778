import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { Owner } from '../files.ts'

/**
 * The server asks the system who connected (SO_PEERCRED), and a process can change its user only for good. So a second
 * Node.js becomes that user, connects, and hands the open connection back. It starts as root and changes then, because
 * the other user may not be allowed to read Node.js itself (`/root/.nvm`).
 */
const PROGRAM = `
const [uid, gid, path] = process.argv.slice(1)
const fail = ({ code }) => process.send({ code }, () => process.exit(1))
try {
  process.setgroups([])
  process.setgid(Number(gid))
  process.setuid(Number(uid))
  const socket = require('node:net').connect({ path })
  socket.on('error', fail)
  socket.on('connect', () => process.send('connected', socket, () => process.disconnect()))
} catch (error) {
  fail(error)
}
`

const TIME_LIMIT_MS = 10_000

/** A connection to the socket at `path`, made by that user. Throws an error with the system's code, such as ENOENT. */
export async function connectAs({ uid, gid }: Owner, path: string, signal: AbortSignal): Promise<Socket> {
  const child = spawn(process.execPath, ['-e', PROGRAM, String(uid), String(gid), path], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
    cwd: '/',
    timeout: TIME_LIMIT_MS,
    signal,
  })
  const socket = await new Promise<Socket>((resolve, reject) => {
    child.on('message', (message: unknown, handle: unknown) => {
      if (handle instanceof Socket) resolve(handle)
      else reject(Object.assign(new Error('the socket cannot be connected'), { code: codeOf(message) }))
    })
    child.on('error', reject)
    // Not at its exit: what it sent may still be on the way then, and is read before the end of its channel.
    child.on('disconnect', () => reject(new Error(`nobody could connect as the user ${uid}`)))
  })
  return alreadyConnected(socket)
}

/** The driver connects a socket itself; this one only says that it is. */
function alreadyConnected(socket: Socket): Socket {
  return Object.assign(socket, {
    connect: () => {
      process.nextTick(() => socket.emit('connect'))
      return socket
    },
  })
}

function codeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'code' in message ? message.code : undefined
}
