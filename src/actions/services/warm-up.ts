// In: a Python service about to start. Out: its modules compiled from the last one backwards, while it starts from the first.
import { basename, dirname, join } from 'node:path'
import type { Service } from '../../targets/service.ts'
import type { ActionPorts } from '../action-kind.ts'
import { selectPassedOn } from '../supervisors/passed-on.ts'

type Ports = Pick<ActionPorts, 'files' | 'commands' | 'templates' | 'env'>

/** The first start compiled 2300 modules in 6 to 8 s on two cores; a busy machine takes a multiple. */
const TIME_LIMIT_MS = 60_000

/**
 * Compiles, as a second process, what `mlflow server` is about to import, when that was never imported. The first start
 * after an installation without bytecode is 1 to 2 s shorter by it. Never throws, ends with the signal.
 */
export async function warmUp(service: Service, ports: Ports, signal: AbortSignal): Promise<void> {
  const { file, args } = service.command
  if (!basename(file).startsWith('python') || args[0] !== '-m' || args[1] !== 'mlflow') return
  try {
    const libraries = join(dirname(dirname(file)), 'lib')
    const names = (await ports.files.list(libraries)).filter((name) => name.startsWith('python3'))
    const compiled = await Promise.all(
      names.map((name) => ports.files.stat(join(libraries, name, 'site-packages', 'mlflow', '__pycache__'))),
    )
    if (compiled.some((found) => found !== undefined)) return
    const input = await ports.templates.read('native/warm-up.py')
    const env = selectPassedOn(ports.env)
    await ports.commands.run(
      { file, args: ['-I', '-X', 'utf8', '-'], cwd: '/', env },
      { timeoutMs: TIME_LIMIT_MS, signal, input },
    )
  } catch {
    // It only saves time: without it the server compiles all by itself.
  }
}
