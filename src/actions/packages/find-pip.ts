import { join } from 'node:path'
import { pythonEnv } from '../../answers/machine/ask-python.ts'
import { ExternalError } from '../../errors.ts'
import type { Command, CommandResult } from '../../ports/commands.ts'
import type { ActionPorts, Progress } from '../action-kind.ts'

export type InstallPorts = Pick<ActionPorts, 'files' | 'commands' | 'env'>

/** One run of an installation, as its parts pass it on. */
export interface InstallRun {
  readonly venv: string
  readonly tools: string
  readonly ports: InstallPorts
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** ensurepip unpacks two wheels: 2 s. */
const ENSUREPIP_LIMIT_MS = 120_000

/** pip's own settings for every run of it. Its variables count more than the user's files, which may say `user = true`. */
const PIP_ENV: Readonly<Record<string, string>> = {
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_NO_INPUT: '1',
  PIP_ROOT_USER_ACTION: 'ignore',
  PIP_REQUIRE_VIRTUALENV: '0',
  PIP_USER: '0',
  PIP_PROGRESS_BAR: 'off',
}

/** A call of the pip of that Python. */
export function pipCommand(python: string, args: readonly string[], env: Readonly<Record<string, string>>): Command {
  // pip tells why an index does not answer only when it tries again. 5 tries, as it does by itself, take 8 s; 2 take less than 1 s.
  const retries = { PIP_RETRIES: env['PIP_RETRIES'] === '0' ? '1' : (env['PIP_RETRIES'] ?? '2') }
  return { file: python, args: ['-m', 'pip', ...args], cwd: '/', env: { ...pythonEnv(env), ...PIP_ENV, ...retries } }
}

/** Whether the call failed because that Python has no pip. */
export function hasNoPip(result: CommandResult): boolean {
  return result.exitCode !== 0 && /No module named '?pip/u.test(result.stderr)
}

export function pythonOf(venv: string): string {
  return join(venv, 'bin/python')
}

/** The Python that the environment was made from, or the environment's own where that is not known. */
export async function basePythonOf({ ports, venv }: InstallRun): Promise<string> {
  return (await ports.files.realPath(pythonOf(venv))) ?? pythonOf(venv)
}

/** Puts pip into the environment, from the copy that Python brings; throws `python.no-pip` where the distribution left it out. */
export async function ensurePip({ ports, venv, progress, signal }: InstallRun): Promise<void> {
  progress('putting pip into the environment')
  const command = {
    file: pythonOf(venv),
    args: ['-m', 'ensurepip', '--default-pip'],
    cwd: '/',
    env: pythonEnv(ports.env),
  }
  const result = await ports.commands.run(command, { timeoutMs: ENSUREPIP_LIMIT_MS, signal })
  if (result.exitCode === 0) return
  throw new ExternalError('python.no-pip', 'There is nothing to install Python packages with.', {
    because: 'This Python has neither pip nor ensurepip, and uv is not on the machine.',
    hint: {
      text: "Install the distribution's package python3-venv or python3-pip (Debian, Ubuntu), or uv. Then run again.",
    },
    exitCode: result.exitCode,
  })
}
