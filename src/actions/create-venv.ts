// In: where the virtual environment goes and the Python to make it with. Out: an environment whose interpreter runs.
import { dirname, join } from 'node:path'
import { askPython, pythonEnv } from '../answers/machine/ask-python.ts'
import { findUv } from '../answers/machine/find-program.ts'
import type { PythonFacts } from '../answers/machine/judge-python.ts'
import { minorOf } from '../formats/version.ts'
import { ExternalError, UserError } from '../errors.ts'
import type { Inspection } from '../plan/plan.ts'
import type { CommandResult } from '../ports/commands.ts'
import type { ActionInputs } from '../targets/action.ts'
import type { ActionKindOf, ActionPorts, Progress } from './action-kind.ts'
import { lastLines } from './packages/explain-install.ts'

type Input = ActionInputs['create-venv']
type Ports = Pick<ActionPorts, 'files' | 'commands' | 'env'>

/** Takes 30 ms; a slow disk has been seen to need some seconds. */
const TIME_LIMIT_MS = 60_000

/** In the environment: says that it is ours, and so may be made anew. */
const OWNER_MARK = '.mlflow-setup'

/**
 * Beside the environment, as long as it is being made. The path of an environment is written into its files, so it cannot be made
 * elsewhere and renamed; whoever finds this file knows that a run was killed half way.
 */
function unfinishedMark(path: string): string {
  return `${path}.unfinished`
}

/** The environment's interpreter. */
export function venvPython(venv: string): string {
  return join(venv, 'bin/python')
}

/** Makes a virtual environment without pip; a broken one of ours is made anew, one of somebody else's is left alone. */
export const createVenv: ActionKindOf<Input> = {
  inspect: inspectVenv,
  apply: applyVenv,
}

async function inspectVenv(input: Input, ports: Ports, signal: AbortSignal): Promise<Inspection> {
  const { files } = ports
  const unfinished = (await files.stat(unfinishedMark(input.path))) !== undefined
  if (unfinished) return { effect: 'update', why: 'a run was killed while making it' }
  const found = await files.stat(input.path)
  if (found === undefined) return { effect: 'create', why: 'not there' }
  if (found.kind !== 'directory') return { effect: 'conflict', why: `${input.path} is not a directory` }
  const names = await files.list(input.path)
  if (names.length === 0) return { effect: 'create', why: 'the directory is empty' }
  if (!names.includes('pyvenv.cfg')) return { effect: 'conflict', why: `${input.path} holds something else` }
  const [there, wanted] = await Promise.all([
    askVenv(input.path, ports, signal),
    askPython(ports.commands, input.python, ports.env, signal),
  ])
  const broken = whyBroken(there, wanted)
  if (broken === undefined) return { effect: 'unchanged', why: `Python ${there?.version ?? ''}` }
  if (names.includes(OWNER_MARK)) return { effect: 'update', why: broken }
  return { effect: 'conflict', why: `${broken}, and mlflow-setup did not make this environment` }
}

function askVenv(path: string, ports: Ports, signal: AbortSignal): Promise<PythonFacts | undefined> {
  return askPython(ports.commands, venvPython(path), ports.env, signal)
}

function whyBroken(there: PythonFacts | undefined, wanted: PythonFacts | undefined): string | undefined {
  if (there === undefined) return 'its Python does not run any more'
  // When the wanted one is gone and the environment still runs, there is nothing better to be had.
  if (wanted === undefined || minorOf(there.version) === minorOf(wanted.version)) return undefined
  return `Python ${minorOf(there.version)} → ${minorOf(wanted.version)}`
}

async function applyVenv(input: Input, ports: Ports, progress: Progress, signal: AbortSignal): Promise<void> {
  const { files } = ports
  const { effect, why } = await inspectVenv(input, ports, signal)
  if (effect === 'unchanged') return
  if (effect === 'conflict') throw conflict(input.path, why)
  progress('making it')
  const mark = unfinishedMark(input.path)
  await files.makeDirectory(dirname(input.path), { mode: 0o755 })
  await files.writeText(mark, 'mlflow-setup is making the virtual environment beside this file.\n', { mode: 0o644 })
  await files.remove(input.path)
  await makeVenv(input, ports, signal)
  const made = await askVenv(input.path, ports, signal)
  if (made === undefined) throw notRunning(input)
  await files.writeText(join(input.path, OWNER_MARK), 'Made by mlflow-setup, which makes it anew when it breaks.\n', {
    mode: 0o644,
  })
  await files.remove(mark)
  progress(`Python ${made.version}`)
}

/** Python's own module takes 30 ms without pip, and works where Debian left ensurepip out; uv (80 ms) stands in where the module is missing. */
async function makeVenv(input: Input, ports: Ports, signal: AbortSignal): Promise<void> {
  const env = pythonEnv(ports.env)
  const run = (file: string, args: readonly string[]) =>
    ports.commands.run({ file, args, cwd: '/', env }, { timeoutMs: TIME_LIMIT_MS, signal })
  const result = await run(input.python, ['-m', 'venv', '--without-pip', input.path])
  if (result.exitCode === 0) return
  const uv = await findUv(ports.files, ports.env)
  if (uv === undefined || !/No module named '?venv/u.test(result.stderr)) throw failed(input, result)
  const second = await run(uv, ['venv', '--no-config', '--quiet', '--python', input.python, input.path])
  if (second.exitCode !== 0) throw failed(input, second)
}

function conflict(path: string, why: string): UserError {
  return new UserError('venv.conflict', `The virtual environment cannot be made in ${path}.`, {
    because: `${why[0]?.toUpperCase() ?? ''}${why.slice(1)}.`,
    hint: { text: 'Move it away, or choose another directory with --dir.' },
  })
}

function notRunning(input: Input): ExternalError {
  return new ExternalError('venv.not-running', 'The new virtual environment does not run.', {
    because: `${venvPython(input.path)} does not answer. A disk that is mounted "noexec" does that.`,
    hint: { text: 'Choose a directory on another disk with --dir.' },
  })
}

function failed(input: Input, result: CommandResult): Error {
  const text = `${result.stdout}\n${result.stderr}`
  if (/PATH separator/u.test(text)) {
    return new UserError('venv.colon', `A virtual environment cannot be made in ${input.path}.`, {
      because: 'The path has a colon in it, which Python refuses.',
      hint: { text: 'Choose a directory without a colon with --dir.' },
    })
  }
  const full = /No space left|Errno 28|Disk quota/u.test(text)
  const details = { command: `${input.python} -m venv`, exitCode: result.exitCode, lastLines: lastLines(text) }
  if (full) {
    return new ExternalError('files.no-space', 'The virtual environment could not be made.', {
      ...details,
      because: 'The disk is full.',
      hint: { text: 'Free some space and run again, or choose a directory on another disk with --dir.' },
    })
  }
  return new ExternalError('venv.failed', 'The virtual environment could not be made.', {
    ...details,
    because: result.found ? 'Python ended with an error.' : `There is no Python at ${input.python}.`,
    hint: { text: 'Name another Python with --python.' },
  })
}
