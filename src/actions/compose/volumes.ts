// In: names of volumes. Out: those that are there, and whose they are.
import { array, looseObject, nullish, parse, record, string } from 'valibot'
import { ExternalError } from '../../errors.ts'
import type { ActionPorts } from '../action-kind.ts'
import { engineCommand, failureOf } from './engine-commands.ts'

export interface Volume {
  readonly name: string
  /** The Compose project that made it; undefined: somebody else did. */
  readonly project: string | undefined
  /** Where the stack was that made it; undefined: none did. */
  readonly madeIn: string | undefined
}

const inspected = array(looseObject({ Name: string(), Labels: nullish(record(string(), string()), {}) }))

const TIME_LIMIT_MS = 30_000
/** Of compose.yaml's volumes. */
const LABEL = 'mlflow-setup.directory'

/** Throws UserError or ExternalError `engine.…` where the engine cannot be asked. */
export async function inspectVolumes(
  names: readonly string[],
  { commands, env }: Pick<ActionPorts, 'commands' | 'env'>,
  signal: AbortSignal,
): Promise<readonly Volume[]> {
  if (names.length === 0) return []
  const command = engineCommand(['volume', 'inspect', ...names], env)
  const result = await commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  // Those that are not there make its exit code 1, and a line each.
  const others = result.stderr.split('\n').filter((line) => line !== '' && !/no such volume/iu.test(line))
  if (result.exitCode !== 0 && others.length > 0) throw failureOf(command, result, 'Docker cannot look at its volumes.')
  return parseVolumes(result.stdout)
}

function parseVolumes(text: string): readonly Volume[] {
  try {
    return parse(inspected, JSON.parse(text)).map(({ Name, Labels }) => ({
      name: Name,
      project: Labels?.['com.docker.compose.project'],
      madeIn: Labels?.[LABEL],
    }))
  } catch (error) {
    throw new ExternalError('engine.answer', 'Docker describes volumes in a form that is not known.', { cause: error })
  }
}
