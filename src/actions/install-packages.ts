// In: an environment and requirement lines. Out: the packages in it, complete, and a mark that says so.
import { join } from 'node:path'
import { ExternalError } from '../errors.ts'
import type { Inspection } from '../plan/plan.ts'
import type { InstallPackagesInput } from '../targets/action.ts'
import type { ActionKindOf, ActionPorts, Progress } from './action-kind.ts'
import { comparePackages, readInstalled, readMark, writeMark } from './packages/installed-packages.ts'
import type { InstalledPackages } from './packages/installed-packages.ts'
import { runInstallers } from './packages/run-installers.ts'

type Ports = Pick<ActionPorts, 'files' | 'commands' | 'templates' | 'env'>

/** Names that are told one by one before the rest becomes a number. */
const TOLD = 3

/** Brings an environment to the wanted packages, without bytecode: what the first start compiles is less than everything. */
export const installPackages: ActionKindOf<InstallPackagesInput> = {
  inspect: (input, ports) => inspectPackages(input, ports),
  apply: applyPackages,
}

async function inspectPackages(input: InstallPackagesInput, { files }: Pick<Ports, 'files'>): Promise<Inspection> {
  const [installed, mark] = await Promise.all([readInstalled(files, input.venv), readMark(files, input.venv)])
  if (mark?.state === 'installing') return { effect: 'update', why: 'the last installation did not finish' }
  if (installed.records.length === 0) return { effect: 'create', why: 'nothing installed' }
  const differences = comparePackages(input.requirements, installed.versions, mark)
  if (differences.length > 0) return { effect: 'update', why: enumerate(differences) }
  if (mark === undefined) return { effect: 'update', why: 'not installed by mlflow-setup' }
  return { effect: 'unchanged', why: formatCount(installed.records.length) }
}

function formatCount(packages: number): string {
  return packages === 1 ? '1 package' : `${packages} packages`
}

function enumerate(differences: readonly string[]): string {
  const told = differences.slice(0, TOLD).join(', ')
  return differences.length > TOLD ? `${told} and ${differences.length - TOLD} more` : told
}

async function applyPackages(
  input: InstallPackagesInput,
  ports: Ports,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if ((await inspectPackages(input, ports)).effect === 'unchanged') return
  const { venv, tools, requirements } = input
  const mark = await readMark(ports.files, venv)
  const again = mark?.state === 'installing'
  if (again) await removeHalfPackages(await readInstalled(ports.files, venv), ports)
  await writeMark(ports.files, venv, {
    state: 'installing',
    requirements: [...requirements],
    packages: mark?.packages ?? {},
  })
  const constraints = await writeConstraints(input, ports)
  const wanted = { requirements, again, constraints }
  const installer = await runInstallers(wanted, { venv, tools, ports, progress, signal })
  // uv leaves a lock that anybody may write, and makes another one when it needs one.
  await ports.files.remove(join(venv, '.lock'))
  const installed = await readInstalled(ports.files, venv)
  const missing = comparePackages(requirements.filter(isUnconditional), installed.versions, {
    state: 'complete',
    requirements: [...requirements],
    packages: {},
  })
  if (missing.length > 0) throw notThere(installer, missing)
  const packages = Object.fromEntries(installed.versions)
  await writeMark(ports.files, venv, { state: 'complete', requirements: [...requirements], packages })
  progress(`${formatCount(installed.versions.size)}, by ${installer}`)
}

/** Beside the packages, as a file for the installers and for whoever adds packages later: `pip install -c`. Undefined where there are none. */
async function writeConstraints(
  { venv, constraints }: InstallPackagesInput,
  ports: Ports,
): Promise<string | undefined> {
  if (constraints === undefined) return undefined
  const path = join(venv, 'constraints.txt')
  await ports.files.writeText(path, await ports.templates.read(constraints), { mode: 0o644 })
  return path
}

/** `colorama; sys_platform == "win32"` may rightly install nothing. */
function isUnconditional(requirement: string): boolean {
  return !requirement.includes(';')
}

/**
 * Installers write RECORD last. A `.dist-info` without it is a package that was cut off in the middle, which both uv and pip would
 * take for installed, and could not replace.
 */
async function removeHalfPackages(
  { sitePackages, records }: InstalledPackages,
  { files }: Pick<Ports, 'files'>,
): Promise<void> {
  if (sitePackages === undefined) return
  const cut = async (name: string) => {
    const written = await files.stat(join(sitePackages, name, 'RECORD'))
    if (written === undefined || written.size === 0) await files.remove(join(sitePackages, name))
  }
  await Promise.all(records.map(cut))
}

function notThere(installer: string, missing: readonly string[]): ExternalError {
  return new ExternalError('packages.incomplete', 'The Python packages are not complete.', {
    because: `${installer} said that it was done, and ${missing.join(', ')}.`,
    hint: { text: 'Run again.' },
  })
}
