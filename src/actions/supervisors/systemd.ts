// In: the services of a stack. Out: a Supervisor that is systemd, of the system or of the user.
import { join, relative } from 'node:path'
import { ExternalError, UserError } from '../../errors.ts'
import type { CommandResult } from '../../ports/commands.ts'
import type { RunServicesInput, Service } from '../../targets/service.ts'
import type { ActionPorts } from '../action-kind.ts'
import { readLog, sizeOf, textSince } from './log-file.ts'
import { renderUnit, unitNameOf } from './render-unit.ts'
import type { ServiceState, Supervisor } from './supervisor.ts'
import { inspectUnitOwner, type UnitOwner } from './unit-owner.ts'
import { UNIT_PROPERTIES, parseUnitState } from './unit-state.ts'

type Ports = Pick<ActionPorts, 'files' | 'commands' | 'processes' | 'clock' | 'templates' | 'env'>

interface Stack {
  readonly input: RunServicesInput
  readonly ports: Ports
  readonly system: boolean
  readonly folder: string
}

const NOT_THERE: ServiceState = {
  status: 'stopped',
  pid: undefined,
  since: undefined,
  restarts: 0,
  memoryBytes: 0,
  lastExit: undefined,
}

const TIME_LIMIT_MS = 30_000
/** How long the user's systemd may take to answer after the wish to linger has started it. */
const USER_MANAGER_MS = 5000
/** A log file that is longer at a start is put aside; systemd itself does not rotate it. */
const LOG_BYTES = 10_000_000

/** Where the units of this stack are. */
export function unitFolder(input: RunServicesInput, { env }: Pick<Ports, 'env'>): string {
  if (input.supervisor === 'systemd') return '/etc/systemd/system'
  return join(env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? '/', '.config'), 'systemd/user')
}

export function makeSystemdSupervisor(input: RunServicesInput, ports: Ports): Supervisor {
  const system = input.supervisor === 'systemd'
  const stack: Stack = { input, ports, system, folder: unitFolder(input, ports) }
  return {
    look: async (service, signal) => {
      if ((await ownerOf(stack, service)) !== 'this stack') return NOT_THERE
      const args = ['show', unitNameOf(input, service), `--property=${UNIT_PROPERTIES.join(',')}`]
      const { stdout } = await systemctl(stack, args, signal)
      const state = parseUnitState(stdout)
      const tree = state.pid === undefined ? [] : await ports.processes.tree(state.pid)
      return { ...state, memoryBytes: tree.reduce((sum, { residentBytes }) => sum + residentBytes, 0) }
    },
    start: (signal) => startAll(stack, signal),
    stop: (signal) => stopAll(stack, signal),
    forget: (signal) => forgetAll(stack, signal),
    ...(system ? journalLogs(stack) : fileLogs(stack)),
  }
}

type Logs = Pick<Supervisor, 'logs' | 'markLog' | 'logSince' | 'logName'>

function fileLogs({ input, ports }: Stack): Logs {
  return {
    logs: (service, options) => readLog(service.log, options, ports),
    markLog: async (service) => String(await sizeOf(service.log, ports.files)),
    logSince: (service, mark) => textSince(service.log, Number(mark), ports.files),
    logName: (service) => relative(input.stackDirectory, service.log),
  }
}

function journalLogs({ input, ports }: Stack): Logs {
  const journal = (service: Service, args: readonly string[]) => ({
    file: 'journalctl',
    args: ['--unit', unitNameOf(input, service), '--output=cat', '--no-pager', '--quiet', ...args],
    env: environmentOf(ports),
  })
  return {
    logs: async (service, { lines, follow, onLine, signal }) => {
      const command = journal(service, ['--lines', String(lines), ...(follow ? ['--follow'] : [])])
      const timeoutMs = follow ? 0 : TIME_LIMIT_MS
      await ports.commands.run(command, { timeoutMs, onLine, signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
    },
    markLog: async () => (ports.clock.now().getTime() / 1000).toFixed(6),
    logSince: async (service, mark, signal) =>
      (await ports.commands.run(journal(service, ['--since', `@${mark}`]), { timeoutMs: TIME_LIMIT_MS, signal }))
        .stdout,
    logName: (service) => `journalctl -u ${unitNameOf(input, service)}`,
  }
}

async function startAll(stack: Stack, signal: AbortSignal): Promise<readonly string[]> {
  const { input, ports, folder, system } = stack
  const template = await ports.templates.read('native/service.hbs')
  const uid = (await ports.files.stat(input.stackDirectory))?.uid ?? 0
  await ports.files.makeDirectory(folder, { mode: 0o755 })
  for (const service of input.services) {
    if ((await ownerOf(stack, service)) === 'another stack') throw nameTaken(stack, service)
    const text = renderUnit(template, input, service, uid)
    const path = join(folder, unitNameOf(input, service))
    if ((await ports.files.readText(path)) !== text) await ports.files.writeText(path, text, { mode: 0o644 })
    if (!system) await putLogAside(service, ports)
  }
  // First, because it also starts the user's systemd where no session has done that.
  const warnings = system ? [] : await linger(stack, signal)
  await must(stack, ['daemon-reload'], signal)
  const names = input.services.map((service) => unitNameOf(input, service))
  await must(stack, ['enable', ...names], signal)
  await must(stack, ['start', ...names], signal)
  return warnings
}

function ownerOf({ input, folder, ports }: Stack, service: Service): Promise<UnitOwner> {
  return inspectUnitOwner(join(folder, unitNameOf(input, service)), input.stackDirectory, ports.files)
}

function nameTaken({ input, folder }: Stack, service: Service): UserError {
  return new UserError('systemd.name-taken', `Another stack is called ${input.stackName} too.`, {
    because: `${join(folder, unitNameOf(input, service))} belongs to it.`,
    hint: { text: 'Give this one another name.', command: 'mlflow-setup --name NAME' },
  })
}

async function putLogAside({ log }: Service, { files }: Ports): Promise<void> {
  if ((await sizeOf(log, files)) > LOG_BYTES) await files.rename(log, `${log}.1`)
}

/** Without it, the user's systemd ends with the last session and does not start at boot. */
async function linger(stack: Stack, signal: AbortSignal): Promise<readonly string[]> {
  const { ports } = stack
  const command = { file: 'loginctl', args: ['enable-linger'], env: environmentOf(ports) }
  const { exitCode } = await ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  const limit = ports.clock.monotonic() + USER_MANAGER_MS
  // It was started a moment ago, if at all: without one every later command says what is wrong.
  while ((await systemctl(stack, ['show-environment'], signal)).exitCode !== 0 && ports.clock.monotonic() < limit) {
    await ports.clock.sleep(50, signal)
  }
  return exitCode === 0 ? [] : ['the system refused "loginctl enable-linger": it stops when you log out']
}

async function stopAll(stack: Stack, signal: AbortSignal): Promise<void> {
  const { input } = stack
  for (const service of input.services.toReversed()) {
    const name = unitNameOf(input, service)
    if ((await ownerOf(stack, service)) !== 'this stack') continue
    await must(stack, ['stop', name], signal, service.stopTimeoutMs + TIME_LIMIT_MS)
    await systemctl(stack, ['reset-failed', name], signal)
  }
}

async function forgetAll(stack: Stack, signal: AbortSignal): Promise<void> {
  const { input, ports, folder } = stack
  await stopAll(stack, signal)
  for (const service of input.services) {
    const name = unitNameOf(input, service)
    if ((await ownerOf(stack, service)) !== 'this stack') continue
    await systemctl(stack, ['disable', name], signal)
    await ports.files.remove(join(folder, name))
  }
  await systemctl(stack, ['daemon-reload'], signal)
}

/** For the programs of systemd: their words in English, their times in UTC, and the way to the user's bus. */
function environmentOf({ env }: Ports): Record<string, string> {
  const wanted = ['PATH', 'HOME', 'USER', 'LOGNAME', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'DBUS_SESSION_BUS_ADDRESS']
  const passed = wanted.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]))
  return { ...Object.fromEntries(passed), LC_ALL: 'C.UTF-8', TZ: 'UTC', SYSTEMD_COLORS: '0' }
}

function systemctl(
  stack: Stack,
  args: readonly string[],
  signal: AbortSignal,
  timeoutMs = TIME_LIMIT_MS,
): Promise<CommandResult> {
  const own = [...(stack.system ? [] : ['--user']), '--no-pager', '--no-ask-password', ...args]
  return stack.ports.commands.run(
    { file: 'systemctl', args: own, env: environmentOf(stack.ports) },
    { timeoutMs, signal },
  )
}

async function must(stack: Stack, args: readonly string[], signal: AbortSignal, timeoutMs?: number): Promise<void> {
  const { exitCode, stderr } = await systemctl(stack, args, signal, timeoutMs)
  if (exitCode === 0) return
  const command = `systemctl ${stack.system ? '' : '--user '}${args.join(' ')}`
  if (stack.system && /Access denied|authentication required|Permission denied/iu.test(stderr)) {
    throw new UserError('systemd.not-allowed', 'systemd refused.', {
      because: 'This user may not change services of the system.',
      hint: { text: 'Run as root, or choose --service systemd-user or --service background.' },
    })
  }
  const lastLines = stderr
    .split('\n')
    .filter((line) => line !== '')
    .slice(-15)
  throw new ExternalError('systemd.failed', 'systemd could not do what it was asked for.', {
    because: lastLines[0] ?? `It ended with ${exitCode}.`,
    hint: { text: 'Look at what systemd says, or choose --service background.' },
    command,
    exitCode,
    lastLines,
  })
}
