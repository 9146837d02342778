// In: paths of interpreters. Out: PythonFacts, what each says about itself.
import { boolean, object, parse, string } from 'valibot'
import type { Commands } from '../../ports/commands.ts'
import type { PythonFacts } from './judge-python.ts'

type Env = Readonly<Record<string, string>>

/** A Python that takes longer is on a disk that hangs; a cold one on a slow disk takes about 1 s. */
const TIME_LIMIT_MS = 5000

/** Variables that make an interpreter another one than the file says. */
const MISLEADING = [
  'PYTHONHOME',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'PYTHONEXECUTABLE',
  '__PYVENV_LAUNCHER__',
  'VIRTUAL_ENV',
]

// Also Python 2.7 and 3.6 must be able to run it, so that they can be named. The current directory leaves the path, because a
// json.py that lies there would be imported.
const PROGRAM = `
import sys
sys.path = [p for p in sys.path if p]
v = sys.version_info
def has(name):
    if v < (3, 4): return False
    import importlib.util
    return importlib.util.find_spec(name) is not None
import json
print(json.dumps({
  'path': sys.executable, 'base': getattr(sys, '_base_executable', None) or sys.executable,
  'version': '%d.%d.%d' % tuple(v[:3]), 'release': v[3],
  'implementation': sys.implementation.name if v >= (3, 3) else 'cpython',
  'is64Bit': sys.maxsize > 2**32, 'freeThreaded': 't' in getattr(sys, 'abiflags', ''),
  'ensurepip': has('ensurepip'), 'pip': has('pip'), 'venv': has('venv'),
}))
`

const factsSchema = object({
  path: string(),
  base: string(),
  version: string(),
  release: string(),
  implementation: string(),
  is64Bit: boolean(),
  freeThreaded: boolean(),
  ensurepip: boolean(),
  pip: boolean(),
  venv: boolean(),
})

/** The environment for a Python that is called by its path: without what would make it another one. */
export function pythonEnv(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !MISLEADING.includes(name)))
}

/** Asks one interpreter about itself; undefined when it does not run or is none. Changes nothing, takes about 25 ms. */
export async function askPython(
  commands: Pick<Commands, 'run'>,
  path: string,
  env: Env,
  signal: AbortSignal,
): Promise<PythonFacts | undefined> {
  const command = { file: path, args: ['-E', '-s', '-B', '-c', PROGRAM], cwd: '/', env: pythonEnv(env) }
  const result = await commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  return result.exitCode === 0 ? parseFacts(result.stdout) : undefined
}

function parseFacts(stdout: string): PythonFacts | undefined {
  try {
    return parse(factsSchema, JSON.parse(stdout))
  } catch {
    // Something that is called python and prints something else.
    return undefined
  }
}

/**
 * Asks all of them side by side. One that belongs to a virtual environment is replaced by the Python that it was made from:
 * an environment that stands on another one breaks when that one goes.
 */
export async function askPythons(
  commands: Pick<Commands, 'run'>,
  paths: readonly string[],
  env: Env,
  signal: AbortSignal,
): Promise<readonly PythonFacts[]> {
  const ask = async (path: string) => {
    const facts = await askPython(commands, path, env, signal)
    return facts === undefined || facts.base === facts.path ? facts : askPython(commands, facts.base, env, signal)
  }
  const answered = await Promise.all(paths.map(ask))
  const found = answered.filter((facts) => facts !== undefined)
  return found.filter((facts, at) => found.findIndex((other) => other.path === facts.path) === at)
}
