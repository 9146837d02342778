// In: requirement lines and an environment. Out: the packages in it, by uv or by pip, and who did it.
import { join } from 'node:path'
import { pythonEnv } from '../../answers/machine/ask-python.ts'
import type { CommandResult } from '../../ports/commands.ts'
import { buildInstallError, classifyInstall, lastLines } from './explain-install.ts'
import type { InstallFailure } from './explain-install.ts'
import { fetchUv } from './fetch-uv.ts'
import { basePythonOf, ensurePip, hasNoPip, pipCommand, pythonOf } from './find-pip.ts'
import type { InstallRun } from './find-pip.ts'
import { inspectIndexSettings } from './index-settings.ts'
import { parseInstallerLine } from './installer-progress.ts'

/** By pip and over a slow line, MLflow takes minutes. */
const INSTALL_LIMIT_MS = 3_600_000

export interface Wanted {
  readonly requirements: readonly string[]
  /** Whether a killed run may have left packages that look whole and are not. */
  readonly again: boolean
  /** A file with the one tested version of each package that may be installed; undefined: the newest that fit. */
  readonly constraints: string | undefined
}

type Installer = 'uv' | 'pip'

const UNTESTED = 'this index lacks a tested version: taking what it has'

/** Reasons for which pip would fail just as uv did. */
const HOPELESS: readonly InstallFailure[] = ['no-space', 'unreachable', 'no-match', 'killed', 'timeout']

/** Installs with uv, and with pip where uv cannot be had or fails for a reason that pip may survive. Returns who did it. Throws ExternalError. */
export async function runInstallers(wanted: Wanted, run: InstallRun): Promise<Installer> {
  const { files, env } = run.ports
  const [fetched, settings] = await Promise.all([fetchUv(run), inspectIndexSettings(files, env, run.venv)])
  const uvEnv = { ...(await uvBaseEnv(run)), ...settings }
  if (fetched.uv === undefined) {
    const failure = classifyInstall(fetched.failure)
    // pip itself was the one that failed here, so it would fail again; only "no uv for this machine" says nothing about the rest.
    if (failure !== 'no-match' && failure !== 'unknown') throw await explain('pip', fetched.failure, env, wanted, run)
    run.progress('uv cannot be had here: installing with pip, which takes longer')
    return runPip(wanted, run)
  }
  const result = await runUv(fetched.uv, withoutOverruled(wanted, uvEnv), uvEnv, run)
  if (result.exitCode === 0) return 'uv'
  const error = await explain('uv', result, uvEnv, wanted, run)
  if (HOPELESS.includes(classifyInstall(result))) throw error
  run.progress(
    `uv failed (${lastLines(result.stderr, 1)[0] ?? `code ${result.exitCode}`}): installing with pip, which takes longer`,
  )
  return runPip(wanted, run)
}

async function explain(
  installer: Installer,
  result: CommandResult,
  env: Readonly<Record<string, string>>,
  wanted: Wanted,
  run: InstallRun,
) {
  const freeBytes = await run.ports.files.freeBytes(run.venv)
  return buildInstallError({
    installer,
    result,
    env,
    wanted: wanted.requirements[0] ?? '',
    directory: run.venv,
    freeBytes,
  })
}

/** Variables of the user's that would send the packages elsewhere or start another Python. */
const UV_LEFT_OUT = [
  'UV_SYSTEM_PYTHON',
  'UV_PYTHON',
  'UV_TARGET',
  'UV_PREFIX',
  'UV_BREAK_SYSTEM_PACKAGES',
  'UV_COMPILE_BYTECODE',
  'UV_OFFLINE',
]

async function uvBaseEnv({ ports, tools }: InstallRun): Promise<Record<string, string>> {
  const env = Object.fromEntries(Object.entries(pythonEnv(ports.env)).filter(([name]) => !UV_LEFT_OUT.includes(name)))
  const home = env['HOME']
  const cacheNamed = env['UV_CACHE_DIR'] !== undefined || env['XDG_CACHE_HOME'] !== undefined
  const usualCache = home !== undefined && (await ports.files.writable(join(home, '.cache/uv')))
  // 3 tries, as uv does by itself, take 10 s when nobody answers; 2 take 3 s.
  return {
    UV_HTTP_RETRIES: '2',
    ...(cacheNamed || usualCache ? {} : { UV_CACHE_DIR: join(tools, 'cache') }),
    ...env,
    UV_PYTHON_DOWNLOADS: 'never',
  }
}

async function runUv(
  uv: string,
  wanted: Wanted,
  env: Readonly<Record<string, string>>,
  run: InstallRun,
): Promise<CommandResult> {
  const attempt = (more: readonly string[], moreEnv: Readonly<Record<string, string>> = {}) => {
    const flags = ['--no-compile-bytecode', '--no-progress', ...(wanted.again ? ['--reinstall'] : []), ...more]
    const args = ['pip', 'install', '--python', pythonOf(run.venv), ...flags, '--', ...wanted.requirements]
    const command = { file: uv, args, cwd: '/', env: { ...env, ...moreEnv } }
    return run.ports.commands.run(command, { timeoutMs: INSTALL_LIMIT_MS, signal: run.signal, onLine: tell(run) })
  }
  const tested = wanted.constraints === undefined ? [] : ['--constraint', wanted.constraints]
  if (wanted.constraints !== undefined) {
    // With one version of each, the cache gives the same packages as the index, without asking it for 90 pages: 0.3 s instead of
    // 1.5 s. Where one is missing, this ends after 0.1 s and has changed nothing.
    const cached = await attempt(['--offline', ...tested])
    if (cached.exitCode === 0) return cached
  }
  const first = await attempt(tested)
  if (first.exitCode === 0) return first
  const second = await secondAttempt(classifyInstall(first), tested, attempt, run)
  return second?.exitCode === 0 ? second : first
}

/** A constraint of the user's own counts, and ours does not: two would contradict each other. */
function withoutOverruled(wanted: Wanted, env: Readonly<Record<string, string>>): Wanted {
  const own = env['UV_CONSTRAINT'] ?? env['PIP_CONSTRAINT'] ?? ''
  return own === '' ? wanted : { ...wanted, constraints: undefined }
}

type Attempt = (more: readonly string[], moreEnv?: Readonly<Record<string, string>>) => Promise<CommandResult>

async function secondAttempt(
  failure: InstallFailure,
  tested: readonly string[],
  attempt: Attempt,
  run: InstallRun,
): Promise<CommandResult | undefined> {
  switch (failure) {
    case 'tls':
      // uv brings its own list of roots; a company's own root is only in the system's.
      run.progress("trying again with this system's certificates")
      return attempt(tested, { UV_SYSTEM_CERTS: 'true', UV_NATIVE_TLS: 'true' })
    case 'unreachable':
      run.progress("the package index does not answer: trying uv's cache")
      return attempt(['--offline'])
    case 'no-match':
      if (tested.length === 0) return undefined
      run.progress(UNTESTED)
      return attempt([])
    default:
      return undefined
  }
}

async function runPip(wanted: Wanted, run: InstallRun): Promise<Installer> {
  const { commands, files, env } = run.ports
  const options = { timeoutMs: INSTALL_LIMIT_MS, signal: run.signal, onLine: tell(run) }
  const attempt = async (more: readonly string[]) => {
    const flags = ['--no-compile', ...(wanted.again ? ['--force-reinstall'] : []), ...more]
    const args = ['install', ...flags, '--', ...wanted.requirements]
    const own = await commands.run(pipCommand(pythonOf(run.venv), args, env), options)
    return hasNoPip(own) ? runOtherPip(args, options, run) : own
  }
  const { constraints } = withoutOverruled(wanted, { ...env, ...(await inspectIndexSettings(files, env, run.venv)) })
  const first = await attempt(constraints === undefined ? [] : ['--constraint', constraints])
  const unmatched = constraints !== undefined && ['no-match', 'unknown'].includes(classifyInstall(first))
  if (first.exitCode !== 0 && unmatched) run.progress(UNTESTED)
  const result = first.exitCode !== 0 && unmatched ? await attempt([]) : first
  if (result.exitCode !== 0) throw await explain('pip', result, env, wanted, run)
  return 'pip'
}

/** The pip of the environment's base Python can install into the environment too (from pip 22.3 on); else pip is put there first. */
async function runOtherPip(
  args: readonly string[],
  options: Parameters<InstallRun['ports']['commands']['run']>[1],
  run: InstallRun,
) {
  const { commands, env } = run.ports
  const base = pipCommand(await basePythonOf(run), ['--python', pythonOf(run.venv), ...args], env)
  const result = await commands.run(base, options)
  if (!hasNoPip(result) && !/no such option: --python/u.test(result.stderr)) return result
  await ensurePip(run)
  return commands.run(pipCommand(pythonOf(run.venv), args, env), options)
}

function tell(run: InstallRun): (line: string) => void {
  return (line) => {
    const words = parseInstallerLine(line)
    if (words !== undefined) run.progress(words)
  }
}
