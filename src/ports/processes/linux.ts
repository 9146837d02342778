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
export async function listenerInProc(port: number): Promise<Listener | undefined> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  const sockets = tables.flatMap((table) => table.split('\n').slice(1)).flatMap((line) => socketOf(line, port))
  if (sockets.length === 0) return undefined
  const wanted = new Set(sockets.map((inode) => `socket:[${inode}]`))
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name)).map(Number)
  for (const pid of pids.toSorted((a, b) => a - b)) {
    if (await holds(pid, wanted)) return { port, process: { pid, name: (await read(pid, 'comm')).trim() } }
  }
  return { port, process: undefined }
}

function socketOf(line: string, port: number): readonly string[] {
  const fields = line.trim().split(/\s+/u)
  const [, local, , state] = fields
  const inode = fields[9]
  const matches = local !== undefined && parseInt(local.split(':')[1] ?? '', 16) === port && state === LISTENING
  return matches && inode !== undefined ? [inode] : []
}

async function holds(pid: number, sockets: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  return links.some((link) => sockets.has(link))
}
