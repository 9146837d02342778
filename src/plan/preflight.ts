// In: a wanted stack and the machine. Out: what would go wrong, found before anything is changed.
import { join } from 'node:path'
import { whyNotPython } from '../answers/machine/judge-python.ts'
import { askPython } from '../answers/machine/ask-python.ts'
import type { Machine } from '../answers/machine.ts'
import { flagOf, variableOf } from '../answers/question.ts'
import type { Answers } from '../answers/answers.ts'
import type { Problem } from '../errors.ts'
import { parseEnvFile } from '../formats/env-file.ts'
import type { Commands } from '../ports/commands.ts'
import type { Files } from '../ports/files.ts'
import type { Processes } from '../ports/processes.ts'
import { buildAddresses } from '../stack/addresses.ts'
import { SPEC_FILE } from '../stack/file-names.ts'
import type { Stack } from '../stack/spec.ts'
import { buildLayout } from '../targets/native/layout.ts'

/** MLflow and what it needs on disk, with what the installer needs on the way (MLFLOW.md section 1). Bytes. */
const NEEDED_BYTES = 1_200_000_000

/** A problem that changing one answer cures. */
export interface PreflightProblem extends Problem {
  readonly question: keyof Answers
}

export interface PreflightPorts {
  readonly files: Files
  readonly processes: Processes
  readonly commands: Commands
  readonly env: Readonly<Record<string, string>>
}

/** All probes side by side; read only. */
export async function checkPreflight(
  stack: Stack,
  machine: Machine,
  ports: PreflightPorts,
  signal: AbortSignal,
): Promise<readonly PreflightProblem[]> {
  const found = await Promise.all([
    checkDirectory(stack, ports),
    checkDisk(stack, ports),
    checkPort(stack, machine, ports),
    checkPython(stack, machine, ports, signal),
    checkService(stack, machine),
  ])
  return found.filter((problem) => problem !== undefined)
}

/** Names that the programs below us cannot live in. */
const PATH_FAULTS: readonly { readonly words: string; has(path: string): boolean }[] = [
  // alembic, which makes MLflow's tables, puts the path of its package into a configuration that reads % as its own.
  { words: 'a % in its path, from which MLflow cannot start', has: (path) => path.includes('%') },
  // PATH could not name it.
  { words: 'a colon in its path, where Python makes no environment', has: (path) => path.includes(':') },
  // SQLAlchemy's driver writes the current directory into SQL without escaping it (seen with MLflow 3.17.2).
  {
    words: 'both kinds of quotes in its path, from which MLflow cannot open SQLite',
    has: (path) => path.includes("'") && path.includes('"'),
  },
]

async function checkDirectory({ directory }: Stack, { files }: PreflightPorts): Promise<PreflightProblem | undefined> {
  const there = await files.stat(directory)
  if (there !== undefined && there.kind !== 'directory')
    return problem('dir', `${directory} is not a directory; name another one`)
  const fault = PATH_FAULTS.find(({ has }) => has(directory))
  if (fault !== undefined) return problem('dir', `${directory} has ${fault.words}; name another one`)
  if (!(await files.writable(directory)))
    return problem('dir', `${directory} is not writable for this user; name another one`)
  const names = await files.list(directory)
  if (names.length === 0 || names.includes(SPEC_FILE) || names.includes('.mlflow-setup')) return undefined
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '')
  return problem(
    'dir',
    `${directory} holds other files (${shown}); name an empty or new one, such as ${join(directory, 'mlflow')}`,
  )
}

async function checkDisk({ directory }: Stack, { files }: PreflightPorts): Promise<PreflightProblem | undefined> {
  const installed = await files.stat(join(directory, 'venv', 'pyvenv.cfg'))
  const free = installed === undefined ? await files.freeBytes(directory) : NEEDED_BYTES
  if (free >= NEEDED_BYTES) return undefined
  return problem(
    'dir',
    `${directory} has ${Math.round(free / 1e6)} MB of disk free and MLflow needs ${NEEDED_BYTES / 1e6} MB; free some or name another disk`,
  )
}

async function checkPort(
  stack: Stack,
  machine: Machine,
  { files, processes }: PreflightPorts,
): Promise<PreflightProblem | undefined> {
  const wanted = buildAddresses(stack.spec)
  if (wanted === undefined) return undefined
  const own = parseEnvFile((await files.readText(buildLayout(stack.directory).env)) ?? '')
  // The server of this very stack may have it.
  if (own['MLFLOW_HOST'] === wanted.host && own['MLFLOW_PORT'] === String(wanted.port)) return undefined
  if (await processes.canListen(wanted.host, wanted.port)) return undefined
  const holder = (await processes.listener(wanted.port))?.process
  const by = holder === undefined ? 'by another program' : `by ${holder.name} (pid ${holder.pid})`
  const id = stack.spec.port === undefined ? 'publicUrl' : 'port'
  const [another = 5000] = machine.freePorts
  const free = id === 'port' ? String(another) : `http://127.0.0.1:${another}`
  return problem(id, `port ${wanted.port} is taken ${by}; free is ${free}`)
}

async function checkPython(
  { spec }: Stack,
  machine: Machine,
  { commands, env }: PreflightPorts,
  signal: AbortSignal,
): Promise<PreflightProblem | undefined> {
  if (machine.pythons.some((python) => python.path === spec.python)) return undefined
  const facts = await askPython(commands, spec.python, env, signal)
  if (facts === undefined) return problem('python', `${spec.python} is not a Python that runs`)
  const why = whyNotPython(facts, machine.uv !== undefined)
  return why === undefined ? undefined : problem('python', why)
}

async function checkService({ spec }: Stack, machine: Machine): Promise<PreflightProblem | undefined> {
  if (spec.service === 'systemd' && !machine.systemd)
    return problem('service', 'systemd does not run on this machine; take background')
  if (spec.service === 'systemd' && !machine.root)
    return problem('service', 'systemd takes units only from root; take systemd-user, or use sudo')
  if (spec.service === 'systemd-user' && !machine.systemdUser)
    return problem('service', 'your own systemd does not answer here; take background')
  return undefined
}

function problem(question: keyof Answers, message: string): PreflightProblem {
  return { question, name: flagOf({ id: question }), message, variable: variableOf({ id: question }) }
}
