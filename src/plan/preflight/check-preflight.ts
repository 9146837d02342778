// In: a wanted stack and the machine. Out: what would go wrong, found before anything is changed.
import { join } from 'node:path'
import { whyNotPython } from '../../answers/machine/judge-python.ts'
import { askPython } from '../../answers/machine/ask-python.ts'
import type { Machine } from '../../answers/machine.ts'
import { SPEC_FILE } from '../../stack/file-names.ts'
import type { Stack } from '../../stack/spec.ts'
import { checkAccess } from './check-access.ts'
import { checkArtifactFolder } from './check-artifact-folder.ts'
import { checkEngine } from './check-engine.ts'
import { checkPorts } from './check-ports.ts'
import { checkStores } from './check-stores.ts'
import { checkTarget } from './check-target.ts'
import { problemOf, type PreflightPorts, type PreflightProblem } from './preflight-problem.ts'

/** MLflow and what it needs on disk, with what the installer needs on the way (MLFLOW.md section 1). Bytes. */
const MLFLOW_BYTES = 1_200_000_000
/** An empty cluster, and the log that it fills before it first tidies up (`max_wal_size`). */
const CLUSTER_BYTES = 1_100_000_000

/** All probes side by side; read only. */
export async function checkPreflight(
  stack: Stack,
  machine: Machine,
  ports: PreflightPorts,
  signal: AbortSignal,
): Promise<readonly PreflightProblem[]> {
  const found = await Promise.all([
    checkDirectory(stack, ports),
    checkTarget(stack, ports),
    checkDisk(stack, ports),
    checkPorts(stack, machine, ports),
    checkAccess(stack, machine, ports),
    checkEngine(stack, machine, ports),
    checkStores(stack, machine, ports, signal),
    checkArtifactFolder(stack, machine, ports),
    checkProxy(stack, machine),
    checkPython(stack, machine, ports, signal),
    checkService(stack, machine),
  ])
  return found.flat().filter((problem) => problem !== undefined)
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
    return problemOf('dir', `${directory} is not a directory; name another one`)
  const fault = PATH_FAULTS.find(({ has }) => has(directory))
  if (fault !== undefined) return problemOf('dir', `${directory} has ${fault.words}; name another one`)
  if (!(await files.writable(directory)))
    return problemOf('dir', `${directory} is not writable for this user; name another one`)
  const names = await files.list(directory)
  if (names.length === 0 || names.includes(SPEC_FILE) || names.includes('.mlflow-setup')) return undefined
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '')
  return problemOf(
    'dir',
    `${directory} holds other files (${shown}); name an empty or new one, such as ${join(directory, 'mlflow')}`,
  )
}

async function checkDisk({ directory, spec }: Stack, { files }: PreflightPorts): Promise<PreflightProblem | undefined> {
  // What runs in containers is on the engine's disk: checkEngine looks at that.
  if (spec.target !== 'native') return undefined
  const { backendStore } = spec
  const managed = backendStore.kind === 'postgres' && backendStore.managed
  const installed = await files.stat(join(directory, 'venv', 'pyvenv.cfg'))
  if (installed !== undefined) return undefined
  const needed = MLFLOW_BYTES + (managed ? CLUSTER_BYTES : 0)
  const free = await files.freeBytes(directory)
  if (free >= needed) return undefined
  const what = managed ? 'MLflow and PostgreSQL need' : 'MLflow needs'
  return problemOf(
    'dir',
    `${directory} has ${Math.round(free / 1e6)} MB of disk free and ${what} ${needed / 1e6} MB; free some or name another disk`,
  )
}

async function checkPython(
  { spec }: Stack,
  machine: Machine,
  { commands, env }: PreflightPorts,
  signal: AbortSignal,
): Promise<PreflightProblem | undefined> {
  if (spec.python === undefined) return undefined
  if (machine.pythons.some((python) => python.path === spec.python)) return undefined
  const facts = await askPython(commands, spec.python, env, signal)
  if (facts === undefined) return problemOf('python', `${spec.python} is not a Python that runs`)
  const why = whyNotPython(facts, machine.uv !== undefined)
  return why === undefined ? undefined : problemOf('python', why)
}

async function checkProxy({ spec }: Stack, machine: Machine): Promise<PreflightProblem | undefined> {
  const { proxy } = spec
  if (proxy.kind === 'system' && !machine.root)
    return problemOf('proxy', "only root may change the system's nginx; take managed, or use sudo")
  return undefined
}

async function checkService({ spec }: Stack, machine: Machine): Promise<PreflightProblem | undefined> {
  if (spec.service === 'systemd' && !machine.systemd)
    return problemOf('service', 'systemd does not run on this machine; take background')
  if (spec.service === 'systemd' && !machine.root)
    return problemOf('service', 'systemd takes units only from root; take systemd-user, or use sudo')
  if (spec.service === 'systemd-user' && !machine.systemdUser)
    return problemOf('service', 'your own systemd does not answer here; take background')
  return undefined
}
