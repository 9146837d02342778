// In: a group of services. Out: a Supervisor that is a small Python program in the background, one per group.
import { basename, join, relative } from 'node:path'
import { ExternalError } from '../../errors.ts'
import type { Command } from '../../ports/commands.ts'
import type { RunServicesInput, Service } from '../../targets/service.ts'
import type { ActionPorts } from '../action-kind.ts'
import { parseBackgroundState, STATE_FILE } from './background-state.ts'
import type { BackgroundState } from './background-state.ts'
import { groupFolder } from './group-folder.ts'
import { readLog, sizeOf, textSince } from './log-file.ts'
import { selectPassedOn } from './passed-on.ts'
import type { ServiceState, Supervisor } from './supervisor.ts'

type Ports = Pick<ActionPorts, 'files' | 'commands' | 'processes' | 'clock' | 'random' | 'templates' | 'env'>

interface Stack {
  readonly input: RunServicesInput
  readonly ports: Ports
  readonly folder: string
  readonly script: string
}

/** What the supervisor itself may take beyond what its services are given. */
const OWN_TIME_MS = 15_000
const POLL_MS = 20
const ERROR_LINES = 15

/** The supervisor for machines without systemd. It survives the terminal, not a reboot. */
export function makeBackgroundSupervisor(input: RunServicesInput, ports: Ports): Supervisor {
  const folder = groupFolder(input)
  const stack: Stack = { input, ports, folder, script: join(folder, 'supervisor.py') }
  const stop = (signal: AbortSignal) => stopAll(stack, signal)
  return {
    look: (service) => lookAt(stack, service),
    start: (signal) => startAll(stack, signal),
    stop,
    forget: async (signal) => {
      await stop(signal)
      await ports.files.remove(join(folder, STATE_FILE))
    },
    logs: (service, options) => readLog(service.log, options, ports),
    markLog: async (service) => String(await sizeOf(service.log, ports.files)),
    logSince: (service, mark) => textSince(service.log, Number(mark), ports.files),
    logName: (service) => relative(input.stackDirectory, service.log),
  }
}

async function readState({ ports, folder }: Stack): Promise<BackgroundState | undefined> {
  return parseBackgroundState(await ports.files.readText(join(folder, STATE_FILE)))
}

/** Its process id, if it is alive: the number alone may belong to somebody else by now, the command line tells. */
async function livingPid(stack: Stack, state: BackgroundState | undefined): Promise<number | undefined> {
  if (state === undefined || state.pid === null) return undefined
  const facts = await stack.ports.processes.look(state.pid)
  return facts?.commandLine.includes(`${stack.script} --run ${state.run}`) === true ? state.pid : undefined
}

async function lookAt(stack: Stack, service: Service): Promise<ServiceState> {
  const state = await readState(stack)
  const said = state?.services[service.name]
  const nothing = { pid: undefined, since: undefined, restarts: 0, memoryBytes: 0, lastExit: undefined }
  if (said === undefined) return { ...nothing, status: 'stopped' }
  const at = (seconds: number) => new Date(seconds * 1000)
  const exit = said.lastExit
  const lastExit =
    exit === null ? undefined : { code: exit.code ?? undefined, signal: exit.signal ?? undefined, at: at(exit.at) }
  const past = { ...nothing, lastExit, restarts: said.restarts }
  // Without its supervisor a service ends too: after kill -9, or a reboot.
  if ((await livingPid(stack, state)) === undefined) return { ...past, status: 'stopped' }
  const since = at(said.since)
  if (said.pid === null) return { ...past, since, status: said.status === 'stopped' ? 'starting' : 'restarting' }
  const tree = await stack.ports.processes.tree(said.pid)
  const memoryBytes = tree.reduce((sum, { residentBytes }) => sum + residentBytes, 0)
  return { ...past, since, pid: said.pid, memoryBytes, status: 'running' }
}

async function startAll(stack: Stack, signal: AbortSignal): Promise<readonly string[]> {
  const { ports, input, folder } = stack
  if ((await livingPid(stack, await readState(stack))) !== undefined) return []
  await writeProgram(stack)
  const run = ports.random.hex(16)
  const log = join(folder, 'supervisor.log')
  await ports.files.remove(log)
  const pid = await ports.commands.startDetached(pythonCommand(stack, ['--run', run]), { log })
  const patience = longestStop(input) + OWN_TIME_MS
  const limit = ports.clock.monotonic() + patience
  while (ports.clock.monotonic() < limit) {
    // Of two starts at once one is refused by the lock; then the other one's supervisor is as good.
    if ((await livingPid(stack, await readState(stack))) !== undefined) return []
    if ((await ports.processes.look(pid)) === undefined) {
      await refuse(stack, log)
      return []
    }
    await ports.clock.sleep(POLL_MS, signal)
  }
  throw new ExternalError('supervisor.failed', `The supervisor did not start within ${patience / 1000} s.`, {
    source: relative(input.stackDirectory, log),
    lastLines: await linesOf(stack, log),
  })
}

/** The process that was started is gone: fine when another one took its place, or an error with its last words. */
async function refuse(stack: Stack, log: string): Promise<void> {
  const lines = await linesOf(stack, log)
  const locked = lines.some((line) => line.includes('another supervisor of this stack is running'))
  if (locked && (await appears(stack))) return
  throw new ExternalError('supervisor.failed', 'The supervisor ended at its start.', {
    because: locked
      ? 'Another supervisor of this stack runs, but its state file cannot be read.'
      : 'Its Python program failed.',
    hint: { text: 'Run again; if it stays, look for what is special about this stack directory.' },
    source: relative(stack.input.stackDirectory, log),
    lastLines: lines,
  })
}

/** Whoever holds the lock ends leftovers first and then says so; that takes as long as those take to stop. */
async function appears(stack: Stack): Promise<boolean> {
  const { clock } = stack.ports
  const limit = clock.monotonic() + longestStop(stack.input) + OWN_TIME_MS
  while (clock.monotonic() < limit) {
    if ((await livingPid(stack, await readState(stack))) !== undefined) return true
    await clock.sleep(POLL_MS)
  }
  return false
}

async function linesOf({ ports }: Stack, log: string): Promise<readonly string[]> {
  const text = (await ports.files.readText(log)) ?? ''
  return text
    .split('\n')
    .filter((line) => line !== '')
    .slice(-ERROR_LINES)
}

async function stopAll(stack: Stack, signal: AbortSignal): Promise<void> {
  const { ports, input } = stack
  const state = await readState(stack)
  if (state === undefined || state.pid === null) return
  const pid = await livingPid(stack, state)
  if (pid !== undefined) {
    ports.processes.signal(pid, 'SIGTERM')
    const patience = input.services.reduce((sum, { stopTimeoutMs }) => sum + stopTimeoutMs, OWN_TIME_MS)
    if (await isGone(stack, pid, state, patience, signal)) return
    ports.processes.signal(pid, 'SIGKILL')
    await isGone(stack, pid, state, OWN_TIME_MS, signal)
  }
  await writeProgram(stack)
  const timeoutMs = longestStop(input) + OWN_TIME_MS
  await ports.commands.run(pythonCommand(stack, ['--sweep']), { timeoutMs, signal })
}

async function isGone(
  stack: Stack,
  pid: number,
  state: BackgroundState,
  patience: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { clock } = stack.ports
  const limit = clock.monotonic() + patience
  while ((await livingPid(stack, { ...state, pid })) !== undefined) {
    if (clock.monotonic() > limit) return false
    await clock.sleep(POLL_MS, signal)
  }
  return true
}

function longestStop({ services }: RunServicesInput): number {
  return Math.max(0, ...services.map(({ stopTimeoutMs }) => stopTimeoutMs))
}

/** Puts the program and its definitions into the stack directory, when they differ. */
async function writeProgram({ input, ports, folder, script }: Stack): Promise<void> {
  const { files } = ports
  await files.makeDirectory(folder, { mode: 0o700 })
  const services = input.services.map((service) => ({
    name: service.name,
    argv: [service.command.file, ...service.command.args],
    environmentFile: service.environmentFile,
    withheld: service.withheld,
    user: startsAsRoot(service) ? undefined : service.user,
    workingDirectory: service.workingDirectory,
    log: service.log,
    stopSignal: service.stopSignal,
    stopTimeoutMs: service.stopTimeoutMs,
  }))
  const wanted = new Map([
    [script, await ports.templates.read('native/supervisor.py')],
    [join(folder, 'services.json'), `${JSON.stringify({ services }, undefined, 2)}\n`],
  ])
  for (const [path, text] of wanted) {
    if ((await files.readText(path)) !== text) await files.writeText(path, text, { mode: 0o600 })
  }
}

/** Only root opens these ports; what must is nginx, which gives its rights up by itself. */
function startsAsRoot({ user, port }: Service): boolean {
  return user !== undefined && port !== undefined && port < 1024
}

/** By the interpreter of the services themselves. -I and -S: no packages, nothing of the user's; utf8: paths in any locale. */
function pythonCommand({ input, ports, script }: Stack, args: readonly string[]): Command {
  const programs = input.services.map(({ command }) => command.file)
  const file = programs.find((path) => basename(path).startsWith('python')) ?? input.python
  const env = selectPassedOn(ports.env)
  return { file, args: ['-I', '-S', '-X', 'utf8', script, ...args], cwd: input.stackDirectory, env }
}
