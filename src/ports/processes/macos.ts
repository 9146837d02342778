// In: what `ps` and `lsof` say. Out: the processes and listeners of a machine without /proc.
import type { Listener, ProcessFacts } from '../processes.ts'
import type { KnownProcess } from './known-process.ts'

const TIME_LIMIT_MS = 10_000
const COLUMNS = 'pid=,ppid=,rss=,stat=,lstart=,command='

/** `pid ppid kB state "Sat Nov 21 10:00:58 2026" command …`; the date has five words in the C locale. */
const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/u

export async function lookWithPs(pid: number): Promise<ProcessFacts | undefined> {
  const [known] = parseProcesses(await outputOf('ps', ['-ww', '-p', String(pid), '-o', COLUMNS]))
  return known
}

export async function allWithPs(): Promise<readonly KnownProcess[]> {
  return parseProcesses(await outputOf('ps', ['-axww', '-o', COLUMNS]))
}

export async function listenerWithLsof(port: number, host?: string): Promise<Listener | undefined> {
  return parseListener(await outputOf('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpcn']), port, host)
}

/** Reads the output of `lsof -Fpcn`: a process (p), its name (c), and a file (f) with an address (n) for each of its sockets. */
export function parseListener(text: string, port: number, host?: string): Listener | undefined {
  for (const block of text.split(/^(?=p\d+$)/mu)) {
    const pid = /^p(\d+)$/mu.exec(block)?.[1]
    const addresses = Array.from(block.matchAll(/^n(.*):\d+$/gmu), ([, address = '']) =>
      address.replace(/^\[|\]$/gu, ''),
    )
    if (pid === undefined || !addresses.some((address) => takes(address, host))) continue
    return { port, process: { pid: Number(pid), name: /^c(.*)$/mu.exec(block)?.[1] ?? '' } }
  }
  return undefined
}

function takes(address: string, host: string | undefined): boolean {
  if (host === undefined || address === '*') return true
  return host === 'localhost' ? ['127.0.0.1', '::1'].includes(address) : address === host
}

/** Reads the output of `ps -o pid=,ppid=,rss=,stat=,lstart=,command=`, leaving zombies out. */
export function parseProcesses(text: string): readonly KnownProcess[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, kilobytes, state, startedAt, commandLine] = LINE.exec(line) ?? []
    if (state === undefined || state.startsWith('Z') || startedAt === undefined || commandLine === undefined) return []
    return [
      { pid: Number(pid), parent: Number(parent), residentBytes: Number(kilobytes) * 1024, startedAt, commandLine },
    ]
  })
}

/** Both programs end with 1 when nothing matches, which is an answer. */
async function outputOf(file: string, args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin:/usr/sbin', LC_ALL: 'C', TZ: 'UTC' }
  const [{ execFile }, { promisify }] = await Promise.all([import('node:child_process'), import('node:util')])
  return promisify(execFile)(file, args, { env, timeout: TIME_LIMIT_MS, maxBuffer: 1 << 26 }).then(
    ({ stdout }) => stdout,
    () => '',
  )
}
