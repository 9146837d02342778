// In: the package manager's command, which the user has agreed to. Out: the distribution's packages, installed.
import { ExternalError } from '../errors.ts'
import type { CommandResult } from '../ports/commands.ts'
import type { InstallSystemPackagesInput } from '../targets/action.ts'
import type { ActionKindOf, ActionPorts, Progress } from './action-kind.ts'
import { lastLines } from './packages/explain-install.ts'

type Ports = Pick<ActionPorts, 'commands' | 'env'>
type Env = Readonly<Record<string, string>>

const TIME_LIMIT_MS = 1_800_000

/** How long apt-get waits for another one, such as the daily upgrade of a fresh server. */
const LOCK_WAIT_SECONDS = 120

const NOT_INSTALLED = 'The system packages could not be installed.'

/** Runs the distribution's package manager without questions. Package managers skip what is there, so it is safe to repeat. */
export const installSystemPackages: ActionKindOf<InstallSystemPackagesInput> = {
  inspect: (input) => Promise.resolve({ effect: 'create', why: input.command.join(' ') }),
  apply: applySystemPackages,
}

async function applySystemPackages(
  input: InstallSystemPackagesInput,
  ports: Ports,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (input.sudo) await askForSudo(input.command, ports, progress, signal)
  const run = async (words: readonly string[]) => {
    const [file = '', ...args] = input.sudo ? ['sudo', '-n', ...variableWords(), ...words] : words
    const onLine = (line: string) => {
      const told = parseManagerLine(line)
      if (told !== undefined) progress(told)
    }
    const command = { file, args, cwd: '/', env: { ...ports.env, ...UNATTENDED } }
    return ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal, onLine })
  }
  const words = waitingForLock(input.command)
  const first = await run(words)
  // A fresh server or image has no list of packages yet, or one that names files which are gone.
  const stale = first.exitCode !== 0 && input.command[0] === 'apt-get' && STALE_LIST.test(outputOf(first))
  if (stale) progress('reading the list of packages')
  const listed = stale ? await run(waitingForLock(['apt-get', 'update'])) : first
  const last = stale && listed.exitCode === 0 ? await run(words) : listed
  if (last.exitCode !== 0) throw explainManager(input.command, last)
}

/** As apt-get says it: `held by process 1234 (unattended-upgr)`. */
const HELD_BY = /held by process (\d+ \([^)]*\))/u

const STALE_LIST =
  /Unable to locate package|has no installation candidate|404 {2}Not Found|Unable to fetch some archives/u

/** No dialogs, and messages in the language that is read here. */
const UNATTENDED: Env = {
  DEBIAN_FRONTEND: 'noninteractive',
  NEEDRESTART_MODE: 'l',
  LC_ALL: 'C',
  HOMEBREW_NO_AUTO_UPDATE: '1',
}

/** sudo drops most variables, so they are given to `env` behind it. None of them is a secret. */
function variableWords(): readonly string[] {
  return ['env', ...Object.entries(UNATTENDED).map(([name, value]) => `${name}=${value}`)]
}

function waitingForLock(command: readonly string[]): readonly string[] {
  const [manager, ...rest] = command
  return manager === 'apt-get' ? [manager, '-o', `DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`, ...rest] : command
}

/** Where sudo wants a password, it asks for it itself, in the terminal, before anything else happens. */
async function askForSudo(
  install: readonly string[],
  ports: Ports,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const env = { ...ports.env }
  const silent = await ports.commands.run({ file: 'sudo', args: ['-n', 'true'], env }, { timeoutMs: 30_000, signal })
  if (silent.exitCode === 0) return
  progress('sudo asks for your password')
  const asked = silent.found ? await ports.commands.runInTerminal({ file: 'sudo', args: ['-v'], env }) : 127
  if (asked === 0) return
  throw new ExternalError('system-packages.no-sudo', NOT_INSTALLED, {
    because: silent.found ? 'sudo did not allow it.' : 'There is no sudo on this machine.',
    hint: { text: 'Let root install them, then run again.', command: install.join(' ') },
  })
}

/** What a line of a package manager's output means for somebody who waits. */
export function parseManagerLine(line: string): string | undefined {
  const waiting = line.startsWith('Waiting for') ? HELD_BY.exec(line)?.[1] : undefined
  if (waiting !== undefined) return `waiting for process ${waiting}`
  const apt = /^(Unpacking|Setting up) ([^\s:]+)/u.exec(line)
  if (apt?.[1] !== undefined) return `${apt[1].toLowerCase()} ${apt[2] ?? ''}`
  const got = /^Get:\d+ \S+ \S+ \S+ ([a-z0-9]\S*) /u.exec(line)?.[1]
  if (got !== undefined) return `downloading ${got}`
  const other = /^\s*(?:\(\d+\/\d+\) )?([Ii]nstalling)\s*:? ([^\s(]+)/u.exec(line)?.[2]
  return other === undefined ? undefined : `installing ${other}`
}

function outputOf(result: CommandResult): string {
  return `${result.stdout}\n${result.stderr}`
}

/** The error for a package manager that failed: what, why, and what cures it. */
export function explainManager(command: readonly string[], result: CommandResult): ExternalError {
  const text = outputOf(result)
  const manager = command[0] ?? ''
  const { code, because, hint } = judgeManager(manager, command.join(' '), result, text)
  return new ExternalError(code, NOT_INSTALLED, {
    because,
    hint,
    command: command.join(' '),
    exitCode: result.exitCode,
    source: manager,
    lastLines: lastLines(text),
  })
}

interface Judged {
  readonly code: string
  readonly because: string
  readonly hint: { readonly text: string; readonly command?: string }
}

/** Which words in a package manager's output mean what; the first that fits counts. */
function reasons(manager: string, line: string): readonly (readonly [RegExp, Judged])[] {
  const again = (text: string) => ({ text: `${text}, then run again.` })
  return [
    [
      /Could not get lock|Unable to (?:acquire|lock)|database is locked|system management is locked/u,
      { code: 'system-packages.locked', because: 'Another package manager is at work.', hint: again('Wait for it') },
    ],
    [
      /No space left|enough free space/u,
      { code: 'files.no-space', because: 'The disk is full.', hint: again('Free some space') },
    ],
    [
      /are you root\?|must be root|superuser|Permission denied/u,
      {
        code: 'system-packages.not-root',
        because: `${manager} needs root.`,
        hint: { ...again('Install them yourself'), command: `sudo ${line}` },
      },
    ],
    [
      /Could not resolve|Temporary failure|Failed to fetch|Could not connect|Cannot download|unable to connect/iu,
      {
        code: 'system-packages.unreachable',
        because: "The distribution's package server could not be reached.",
        hint: again('Check the network'),
      },
    ],
  ]
}

function judgeManager(manager: string, line: string, result: CommandResult, text: string): Judged {
  if (!result.found) {
    const hint = { text: 'Install the packages by hand, then run again.' }
    return { code: 'system-packages.no-manager', because: `There is no ${manager} on this machine.`, hint }
  }
  const found = reasons(manager, line).find(([words]) => words.test(text))?.[1]
  const holder = HELD_BY.exec(text)?.[1]
  if (found?.code === 'system-packages.locked' && holder !== undefined) {
    return { ...found, because: `Process ${holder} holds the package manager's lock.` }
  }
  const hint = { text: 'Run it by hand and see what it says.', command: line }
  return found ?? { code: 'system-packages.failed', because: `${manager} ended with code ${result.exitCode}.`, hint }
}
