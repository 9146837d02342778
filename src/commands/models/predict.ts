// In: a stack whose model is served. Out: what it answers at the public address, to the example that it came with.
import { composeCommand } from '../../actions/compose/engine-commands.ts'
import { ExternalError } from '../../errors.ts'
import type { Stack } from '../../stack/spec.ts'
import { formatServerWords } from '../../test-client/format-detail.ts'
import { buildApiUrl } from '../../test-client/rest/artifact-address.ts'
import type { TrackingApi } from '../../test-client/rest/tracking-api.ts'
import type { TestSubject } from '../../test-client/step.ts'
import type { CommandContext } from '../command-context.ts'

const LIMIT_MS = 30_000

export interface Prediction {
  /** Where it is asked. */
  readonly url: string
  /** The example of the model, JSON; undefined where it has none: then it answered only that it is there. */
  readonly example: string | undefined
  /** Its answer to that. */
  readonly answer: string | undefined
}

/** Throws ExternalError `model.no-prediction`. */
export async function predict(
  context: CommandContext,
  stack: Stack,
  { trackingUri }: TestSubject,
  api: TrackingApi,
): Promise<Prediction> {
  const url = buildApiUrl(trackingUri, '/model/invocations')
  const example = await readExample(context, stack)
  const goal = 'Asking the model'
  const { status, text } =
    example === undefined
      ? await api.exchange({ goal, method: 'GET', url: buildApiUrl(trackingUri, '/model/ping') })
      : await api.exchange({
          goal,
          method: 'POST',
          url,
          body: example,
          headers: { 'content-type': 'application/json' },
        })
  if (status === 200) return { url, example, answer: example === undefined ? undefined : text().trim() }
  throw new ExternalError('model.no-prediction', `The model is served, but answers ${status} to its own example.`, {
    because: formatServerWords(text()),
    hint: { text: 'Its log says more:', command: `docker compose logs model` },
    source: `docker compose logs model, in ${stack.directory}`,
    lastLines: await readLog(context, stack),
  })
}

/** As it was given to `log_model`, in the form that the server takes. */
async function readExample(
  { commands, env, signal }: CommandContext,
  { directory }: Stack,
): Promise<string | undefined> {
  const script = 'cat "$(head -n 1 /model/current)/serving_input_example.json"'
  const command = composeCommand(directory, ['exec', '--no-TTY', 'model', 'sh', '-c', script], env)
  const { exitCode, stdout } = await commands.run(command, { timeoutMs: LIMIT_MS, signal })
  return exitCode === 0 && stdout.trim() !== '' ? stdout : undefined
}

async function readLog({ commands, env, signal }: CommandContext, { directory }: Stack): Promise<readonly string[]> {
  const command = composeCommand(directory, ['logs', '--no-log-prefix', '--tail', '15', 'model'], env)
  const { stdout } = await commands.run(command, { timeoutMs: LIMIT_MS, signal })
  return stdout.split('\n').filter((line) => line.trim() !== '')
}
