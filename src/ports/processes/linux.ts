// In: /proc. Out: the processes and listeners of a Linux machine.
import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Listener, ProcessFacts } from '../processes.ts'
import type { KnownProcess } from './known-process.ts'

const LISTENING = '0A'

/** One process; undefined when there is none, or only what a dead one leaves until its parent asks (a zombie). */
export async function lookInProc(pid: number): Promise<ProcessFacts | undefined> {
  return readProcess(pid)
}

export async function allInProc(): Promise<readonly KnownProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name)).map(Number)
  const all = await Promise.all(pids.map(readProcess))
  return all.filter((one) => one !== undefined)
}

async function readProcess(pid: number): Promise<KnownProcess | undefined> {
  const [stat, commandLine, status] = await Promise.all([read(pid, 'stat'), read(pid, 'cmdline'), read(pid, 'status')])
  // proc(5): the name stands in parentheses and may hold anything, so the numbers count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent] = fields
  const started = fields[19]
  if (state === undefined || state === 'Z' || state === 'X' || parent === undefined || started === undefined)
    return undefined
  return {
    pid,
    parent: Number(parent),
    commandLine: commandLine.replace(/\0$/u, '').replaceAll('\0', ' '),
    // Ticks since boot: unique together with the pid until the next boot.
    startedAt: `${started} ${await bootId()}`,
    residentBytes: Number(/^VmRSS:\s+(\d+) kB/mu.exec(status)?.[1] ?? 0) * 1024,
  }
}

function read(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
}

function bootId(): Promise<string> {
  return readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => '',
  )
}

/** The first process, in the order of their numbers, that holds the listening socket of the port. */
export async function listenerInProc(port: number, host?: string): Promise<Listener | undefined> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  const lines = tables.flatMap((table) => table.split('\n').slice(1))
  const sockets = lines.flatMap((line) => socketOf(line, port, host))
  if (sockets.length === 0) return undefined
  const wanted = new Set(sockets.map((inode) => `socket:[${inode}]`))
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name)).map(Number)
  for (const pid of pids.toSorted((a, b) => a - b)) {
    if (await holds(pid, wanted)) return { port, process: { pid, name: (await read(pid, 'comm')).trim() } }
  }
  return { port, process: undefined }
}

function socketOf(line: string, port: number, host: string | undefined): readonly string[] {
  const fields = line.trim().split(/\s+/u)
  const [, local = '', , state] = fields
  const inode = fields[9]
  const [address = '', hexPort = ''] = local.split(':')
  const matches = parseInt(hexPort, 16) === port && state === LISTENING && takes(address, host)
  return matches && inode !== undefined ? [inode] : []
}

const LOOPBACK_6 = '00000000000000000000000001000000'
const MAPPED = '0000000000000000FFFF0000'

/** Whether a socket at an address as /proc writes it, in groups of four bytes from the last to the first, is reached at the host. */
function takes(address: string, host: string | undefined): boolean {
  const isEverywhere = /^0+$/u.test(address)
  if (host === undefined || isEverywhere) return true
  const wanted = host === 'localhost' ? [hexOf('127.0.0.1'), LOOPBACK_6] : [host === '::1' ? LOOPBACK_6 : hexOf(host)]
  // What is none of these, such as a name or another address of IPv6, is not told apart.
  return wanted.includes('') || wanted.some((one) => address === one || address === MAPPED + one)
}

/** `127.0.0.1` as `0100007F`; empty for what is no address of IPv4. */
function hexOf(host: string): string {
  const bytes = /^\d{1,3}(\.\d{1,3}){3}$/u.test(host) ? host.split('.').map(Number) : []
  return bytes
    .toReversed()
    .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    .join('')
}

async function holds(pid: number, sockets: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  return links.some((link) => sockets.has(link))
}
