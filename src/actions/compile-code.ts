// In: installed packages that were never imported. Out: the bytecode of what `mlflow server` imports, from the last module backwards.
import { dirname, join } from 'node:path'
import type { Inspection } from '../plan/plan.ts'
import type { Command } from '../ports/commands.ts'
import type { CompileCodeInput } from '../targets/action.ts'
import { requireAccount } from './accounts.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'
import { selectPassedOn } from './supervisors/passed-on.ts'

type Ports = Pick<ActionPorts, 'files' | 'commands' | 'templates' | 'env'>

/** 2300 modules take 6 to 8 s of one core; a busy machine takes a multiple. */
const TIME_LIMIT_MS = 240_000
const PROGRAM = 'native/compile-code.py'
const LATER = 'left to the first start'

/**
 * Packages are installed without bytecode, and whoever imports them first compiles them, on one core. This does it on
 * another one, from the other end. It only saves time: where it fails, the first import does it all.
 */
export const compileCode: ActionKindOf<CompileCodeInput> = {
  inspect: inspectCode,

  async apply(input, ports, progress, signal) {
    progress('compiling')
    const program = await ports.templates.read(PROGRAM)
    const command = await buildCommand(input, ports, signal)
    const { exitCode, stdout } = await ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal, input: program })
    progress(exitCode === 0 ? `${stdout.trim()} modules` : LATER)
  },
}

async function inspectCode({ python, cache }: CompileCodeInput, { files }: Ports): Promise<Inspection> {
  const libraries = join(dirname(dirname(python)), 'lib')
  const names = (await files.list(libraries)).filter((name) => name.startsWith('python3'))
  const folders = names.map((name) => {
    const modules = join(libraries, name, 'site-packages', 'mlflow')
    return cache === undefined ? join(modules, '__pycache__') : join(cache, modules)
  })
  const found = await Promise.all(folders.map((folder) => files.stat(folder)))
  const compiled = found.some((there) => there !== undefined)
  return compiled ? { effect: 'unchanged', why: 'there' } : { effect: 'create', why: 'never imported' }
}

/** As the user of the services, who will want to replace what it leaves. */
async function buildCommand(
  { python, cache, owner }: CompileCodeInput,
  ports: Ports,
  signal: AbortSignal,
): Promise<Command> {
  const account = await requireAccount(owner, ports, signal)
  const prefix = cache === undefined ? [] : ['-X', `pycache_prefix=${cache}`]
  return {
    file: python,
    args: ['-I', '-X', 'utf8', ...prefix, '-'],
    cwd: '/',
    env: selectPassedOn(ports.env),
    ...(account === undefined ? {} : { as: account }),
  }
}
