import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { explainFileError, systemCode } from './file-errors.ts'
import type { Owner } from './files.ts'

/** A program to run: an argument list, never a shell string. No secret may be in `args`. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** The whole environment of the program; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** The user that it runs as, with no group but this one; only root may choose. Absent: this program's. */
  readonly as?: Owner
}

export interface CommandResult {
  /** The exit status; 127 with `found: false` when there is no such program, 128 + number after a signal. */
  readonly exitCode: number
  readonly found: boolean
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** Given to the program on its standard input. */
  readonly input?: string
  /** Each complete line of stdout and stderr as it arrives. */
  readonly onLine?: (line: string) => void
  /** Its output is not kept, only told line by line: it may go on for days. */
  readonly endless?: true
}

export interface Commands {
  /** Never throws for a program that fails: the result says it. Throws the signal's reason when aborted. */
  run(command: Command, options: RunOptions): Promise<CommandResult>
  /** Starts a program that outlives this one, in a session of its own, output appended to `log`. Returns its process id. */
  startDetached(command: Command, options: { log: string }): Promise<number>
  /** Runs with this terminal as its input and output until it ends; returns the exit status. */
  runInTerminal(command: Command): Promise<number>
}

/** How long a program may take to end after SIGTERM before it gets SIGKILL. */
const GRACE_MS = 5000

/** Programs on this machine. execa is loaded with the first run: `--help` needs none of it. */
export function makeCommands(): Commands {
  return { run, startDetached, runInTerminal }
}

async function run(command: Command, options: RunOptions): Promise<CommandResult> {
  options.signal?.throwIfAborted()
  const { execa } = await import('execa')
  const { onLine } = options
  const output = onLine === undefined ? 'pipe' : linesTo(onLine)
  const result = await execa(command.file, command.args, {
    ...placeOf(command),
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    stdout: output,
    stderr: output,
    timeout: options.timeoutMs,
    forceKillAfterDelay: GRACE_MS,
    stripFinalNewline: false,
    ...(options.endless === true ? { buffer: false } : {}),
    reject: false,
  })
  // A program that ended by itself has its result, also when somebody lost patience in the same moment.
  if (result.isCanceled) throw options.signal?.reason
  return {
    ...statusOf(result),
    timedOut: result.timedOut,
    stdout: result.stdout ?? '',
    stderr: result.stderr ?? '',
  }
}

async function runInTerminal(command: Command): Promise<number> {
  const { execa } = await import('execa')
  const result = await execa(command.file, command.args, { ...placeOf(command), stdio: 'inherit', reject: false })
  return statusOf(result).exitCode
}

async function startDetached(command: Command, options: { log: string }): Promise<number> {
  const { spawn } = await import('node:child_process')
  const log = await openLog(options.log)
  try {
    const child = spawn(command.file, command.args, {
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      env: { ...command.env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    await once(child, 'spawn').catch((error: unknown) => {
      throw explainFileError(error, command.file)
    })
    child.unref()
    return child.pid ?? 0
  } finally {
    await log.close()
  }
}

async function openLog(path: string) {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return await open(path, 'a', 0o600)
  } catch (error) {
    throw explainFileError(error, path)
  }
}

function placeOf(command: Command) {
  return {
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    // Node.js gives up all further groups when it changes the user (libuv, uv_spawn).
    ...command.as,
    env: { ...command.env },
    extendEnv: false,
  } as const
}

/** The output itself stays as it is, also where its last line has no end. */
function linesTo(onLine: (line: string) => void) {
  return {
    preserveNewlines: true,
    transform: function* (line: unknown) {
      onLine(String(line).replace(/\r?\n$/u, ''))
      yield line
    },
  }
}

function statusOf(result: {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly cause?: unknown
  readonly code?: string | undefined
}): { readonly exitCode: number; readonly found: boolean } {
  if (result.exitCode !== undefined) return { exitCode: result.exitCode, found: true }
  const number = Object.entries(constants.signals).find(([name]) => name === result.signal)?.[1]
  if (number !== undefined) return { exitCode: 128 + number, found: true }
  const code = result.code ?? systemCode(result.cause)
  // As a shell says it: 127 is no such program, 126 is one that may not be run.
  return code === 'ENOENT' ? { exitCode: 127, found: false } : { exitCode: 126, found: true }
}
