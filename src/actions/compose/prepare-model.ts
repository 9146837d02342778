// In: the URI of a model. Out: its files and packages, ready to be served, while what is served until then goes on.
import { array, object, parse, string } from 'valibot'
import { ExternalError } from '../../errors.ts'
import type { PrepareModelInput } from '../../targets/compose-actions.ts'
import type { ActionKindOf, ActionPorts, Progress } from '../action-kind.ts'
import { inspectContainers } from './containers.ts'
import { composeCommand } from './engine-commands.ts'

/** Models of many gigabytes, and the packages of deep learning, over a slow line. */
const LIMIT_MS = 60 * 60_000
const LAST_LINES = 15

const markFile = object({ uri: string(), said: array(string()) })

/**
 * In containers of their own, beside those that run. Where no server runs yet, the start of the stack does the same.
 * The server is asked what an alias means each time that this is done.
 */
export const prepareModel: ActionKindOf<PrepareModelInput> = {
  async inspect({ uri, mark }, ports) {
    const then = await readPreparedModel(mark, ports)
    if (then === undefined) return { effect: 'create', why: 'not prepared yet' }
    return then.uri === uri
      ? { effect: 'unchanged', why: 'prepared' }
      : { effect: 'update', why: `until now ${then.uri}` }
  },

  async apply(input, ports, progress, signal) {
    const { uri, stackName, mark } = input
    const containers = await inspectContainers(stackName, ports, signal)
    const runs = containers.some(({ service, status }) => service === 'mlflow' && status === 'running')
    const said = runs ? await prepare(input, ports, progress, signal) : []
    await ports.files.writeText(mark, `${JSON.stringify({ uri, said })}\n`, { mode: 0o644 })
    progress(runs ? 'prepared' : 'comes with the start')
  },
}

/** What was prepared last, and what the jobs said: where it came from, and warnings. */
export async function readPreparedModel(
  mark: string,
  { files }: Pick<ActionPorts, 'files'>,
): Promise<{ readonly uri: string; readonly said: readonly string[] } | undefined> {
  try {
    return parse(markFile, JSON.parse((await files.readText(mark)) ?? ''))
  } catch {
    return undefined
  }
}

async function prepare(
  input: PrepareModelInput,
  ports: ActionPorts,
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { uri } = input
  progress('fetching its files')
  const fetched = await runJob(input, ['model-files', 'python', '/jobs/fetch-model.py', '--again', uri], ports, signal)
  progress('installing its packages')
  return [...fetched, ...(await runJob(input, ['model-packages'], ports, signal))]
}

/** What it said. Throws ExternalError with its last words. */
async function runJob(
  { stackDirectory, uri }: PrepareModelInput,
  job: readonly string[],
  { commands, env }: ActionPorts,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const args = ['--progress', 'quiet', 'run', '--rm', '--no-deps', '--no-TTY', ...job]
  const command = composeCommand(stackDirectory, args, env)
  const { exitCode, stdout, stderr } = await commands.run(command, { timeoutMs: LIMIT_MS, signal })
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
  if (exitCode === 0) return lines
  throw new ExternalError('model.unprepared', `${uri} cannot be served.`, {
    because: 'What was served until now goes on.',
    hint: { text: 'Mend what its last line names, or serve another one:', command: 'mlflow-setup model serve URI' },
    exitCode,
    lastLines: lines.slice(-LAST_LINES),
  })
}
