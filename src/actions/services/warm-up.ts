// In: Python services about to start. Out: their modules compiled from the last one backwards, while they start from the first.
import { basename, dirname, join } from 'node:path'
import { parseEnvFile } from '../../formats/env-file.ts'
import type { Command } from '../../ports/commands.ts'
import type { Service } from '../../targets/service.ts'
import { requireAccount } from '../accounts.ts'
import type { ActionPorts } from '../action-kind.ts'
import { selectPassedOn } from '../supervisors/passed-on.ts'

type Ports = Pick<ActionPorts, 'files' | 'commands' | 'templates' | 'env'>

/** The first start compiled 2300 modules in 6 to 8 s on two cores; a busy machine takes a multiple. */
const TIME_LIMIT_MS = 60_000

/**
 * Compiles, as a second process, what `mlflow server` is about to import, when that was never imported. The first start
 * after an installation without bytecode is 1 to 2 s shorter by it. Never throws, ends with the signal.
 */
export async function warmUp(services: readonly Service[], ports: Ports, signal: AbortSignal): Promise<void> {
  // Several servers import the same.
  const service = services.find(isMlflow)
  if (service === undefined) return
  try {
    const cache = await cacheOf(service, ports)
    if (await isCompiled(service, cache, ports)) return
    const input = await ports.templates.read('native/warm-up.py')
    const command = await warmUpCommand(service, cache, ports, signal)
    await ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal, input })
  } catch {
    // It only saves time: without it the server compiles all by itself.
  }
}

function isMlflow({ command: { file, args } }: Service): boolean {
  return basename(file).startsWith('python') && args[0] === '-m' && args[1] === 'mlflow'
}

/** Where the service keeps its bytecode, when that is not beside the modules. */
async function cacheOf({ environmentFile }: Service, { files }: Ports): Promise<string | undefined> {
  if (environmentFile === undefined) return undefined
  return parseEnvFile((await files.readText(environmentFile)) ?? '')['PYTHONPYCACHEPREFIX']
}

async function isCompiled({ command }: Service, cache: string | undefined, { files }: Ports): Promise<boolean> {
  const libraries = join(dirname(dirname(command.file)), 'lib')
  const names = (await files.list(libraries)).filter((name) => name.startsWith('python3'))
  const folders = names.map((name) => {
    const modules = join(libraries, name, 'site-packages', 'mlflow')
    return cache === undefined ? join(modules, '__pycache__') : join(cache, modules)
  })
  const found = await Promise.all(folders.map((folder) => files.stat(folder)))
  return found.some((there) => there !== undefined)
}

/** As the user of the service, who will want to replace what it leaves. */
async function warmUpCommand(
  { command, user }: Service,
  cache: string | undefined,
  ports: Ports,
  signal: AbortSignal,
): Promise<Command> {
  const account = await requireAccount(user, ports, signal)
  const prefix = cache === undefined ? [] : ['-X', `pycache_prefix=${cache}`]
  return {
    file: command.file,
    args: ['-I', '-X', 'utf8', ...prefix, '-'],
    cwd: '/',
    env: selectPassedOn(ports.env),
    ...(account === undefined ? {} : { as: account }),
  }
}
