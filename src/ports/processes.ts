import { once } from 'node:events'
import { platform } from 'node:os'
import { systemCode } from './file-errors.ts'
import type { KnownProcess } from './processes/known-process.ts'
import { allInProc, listenerInProc, lookInProc } from './processes/linux.ts'
import { allWithPs, listenerWithLsof, lookWithPs } from './processes/macos.ts'

export interface ProcessFacts {
  readonly pid: number
  /** The argument list as the kernel keeps it, joined by single spaces. */
  readonly commandLine: string
  /** Identifies this process together with its pid, also after the pid was given to another one. */
  readonly startedAt: string
  /** Resident memory in bytes. */
  readonly residentBytes: number
}

export interface Listener {
  readonly port: number
  /** Undefined when this user may not see whose it is. */
  readonly process: { readonly pid: number; readonly name: string } | undefined
}

/** The processes and ports of this machine. */
export interface Processes {
  readonly ownPid: number
  /** Undefined when there is no such process. */
  look(pid: number): Promise<ProcessFacts | undefined>
  /** The process and all its descendants. */
  tree(pid: number): Promise<ProcessFacts[]>
  /** False when there is no such process any more. */
  signal(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGHUP'): boolean
  /** Whether a server could listen there now. */
  canListen(host: string, port: number): Promise<boolean>
  /** Whether somebody takes connections on the Unix socket. */
  takesConnections(socket: string): Promise<boolean>
  /**
   * Who listens on the TCP port, or undefined when nobody does. With an address or `localhost`: who takes what is sent
   * there, since other programs may have the port at other addresses.
   */
  listener(port: number, host?: string): Promise<Listener | undefined>
}

/** What this system has: Linux keeps it in /proc, macOS tells by `ps` and `lsof`. */
export function makeProcesses(): Processes {
  const look = platform() === 'linux' ? lookInProc : lookWithPs
  const all = platform() === 'linux' ? allInProc : allWithPs
  const listener = platform() === 'linux' ? listenerInProc : listenerWithLsof
  return {
    ownPid: process.pid,
    look,
    tree: async (pid) => descendants(pid, await all()),
    signal: sendSignal,
    canListen,
    takesConnections,
    // A server on every address is in the way of any other.
    listener: (port, host) => listener(port, host === '0.0.0.0' || host === '::' ? undefined : host),
  }
}

function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGHUP'): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false
    throw error
  }
}

async function canListen(host: string, port: number): Promise<boolean> {
  const { createServer } = await import('node:net')
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

async function takesConnections(path: string): Promise<boolean> {
  const { connect } = await import('node:net')
  const socket = connect({ path })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function descendants(pid: number, all: readonly KnownProcess[]): ProcessFacts[] {
  const found = all.filter((one) => one.pid === pid)
  // The list grows while it is walked.
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid))
  return found
}
