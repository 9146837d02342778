// In: a small Python program of ours that uses MLflow. Out: it has run, or the error that says why MLflow did not do it.
import { ExternalError } from '../errors.ts'
import type { Owner } from '../ports/files.ts'
import type { ActionPorts } from './action-kind.ts'
import { explainDeath } from './services/explain-death.ts'
import { selectPassedOn } from './supervisors/passed-on.ts'

/** A first import of MLflow compiles it: 10 s, and much more on a busy machine. */
const LIMIT_MS = 240_000
const LAST_LINES = 12

interface MlflowProgram {
  /** A path below `templates/`. */
  readonly template: string
  /** The interpreter that has MLflow. */
  readonly python: string
  readonly directory: string
  /** Its environment, beside what every service is passed on. */
  readonly variables: Readonly<Record<string, string>>
  /** Absent: whoever runs this program. */
  readonly owner?: Owner | undefined
  readonly onLine?: (line: string) => void
  /** Code and first sentence of the error. */
  readonly failure: { readonly code: string; readonly what: string }
}

/** Throws the ExternalError of `failure`, with MLflow's last lines. */
export async function runMlflowProgram(
  { template, python, directory, variables, owner, onLine, failure }: MlflowProgram,
  { commands, templates, env }: Pick<ActionPorts, 'commands' | 'templates' | 'env'>,
  signal: AbortSignal,
): Promise<void> {
  // -I: no file in the current directory is taken for a package. It also closes Python to PYTHON… variables.
  const cache = variables['PYTHONPYCACHEPREFIX']
  const command = {
    file: python,
    args: ['-I', ...(cache === undefined ? [] : ['-X', `pycache_prefix=${cache}`]), '-'],
    cwd: directory,
    env: { ...selectPassedOn(env), ...variables },
    ...(owner === undefined ? {} : { as: owner }),
  }
  const input = await templates.read(template)
  const options = { timeoutMs: LIMIT_MS, signal, input, ...(onLine === undefined ? {} : { onLine }) }
  const { exitCode, timedOut, stderr } = await commands.run(command, options)
  if (exitCode === 0) return
  const known = explainDeath(stderr, undefined, undefined)
  const unknown = timedOut ? `It took longer than ${LIMIT_MS / 1000} s.` : 'Its last lines say more.'
  throw new ExternalError(failure.code, failure.what, {
    exitCode,
    because: known?.because ?? unknown,
    hint: { text: known?.hint.text ?? 'Mend what they name, then go on.', command: 'mlflow-setup apply' },
    source: 'MLflow',
    lastLines: stderr.trimEnd().split('\n').slice(-LAST_LINES),
  })
}
