// In: a new password of the first user. Out: `.env` has it, and nothing is restarted for that.
import {
  buildStartedMark,
  compareStartedMarks,
  readStartedMark,
  writeStartedMark,
} from '../../actions/services/started-mark.ts'
import { compareReads, readReads, writeReads } from '../../actions/compose/reads-at-start.ts'
import { changeEnvSecrets } from '../../formats/env-change.ts'
import { renderComposeEnvValue, renderEnvValue } from '../../formats/env-file.ts'
import type { Secret } from '../../secret.ts'
import type { Stack } from '../../stack/spec.ts'
import { buildLayout } from '../../targets/native/layout.ts'
import type { Action } from '../../targets/action.ts'
import { targetOf } from '../../targets/target-table.ts'
import type { CommandContext } from '../command-context.ts'

/** The variables of `.env` that hold it: ours, and the one by which MLflow makes the user when its database is new. */
const VARIABLES = ['MLFLOW_SETUP_ADMIN_PASSWORD', 'MLFLOW_AUTH_ADMIN_PASSWORD']

/** Nothing to remember it in is fine: apply writes `.env`. */
export async function rememberAdminPassword(
  stack: Stack,
  password: Secret,
  { files }: Pick<CommandContext, 'files'>,
): Promise<void> {
  const { env } = buildLayout(stack.directory)
  const text = await files.readText(env)
  if (text === undefined) return
  const marks = targetOf(stack.spec.target)
    .actions(stack)
    .flatMap((action) => startMarkOf(action, files))
  const fresh = await Promise.all(marks.map((mark) => mark.isFresh()))
  const mode = (await files.stat(env))?.mode ?? 0o600
  const values = Object.fromEntries(VARIABLES.map((name) => [name, password]))
  const render = stack.spec.target === 'compose' ? renderComposeEnvValue : renderEnvValue
  await files.writeText(env, changeEnvSecrets(text, values, render), { mode })
  // The services that run do not look at this password: by it they are not out of date.
  for (const [at, mark] of marks.entries()) if (fresh[at] === true) await mark.renew()
}

/** What says which files a group of services read when it started. */
interface StartMark {
  /** Whether they are what they were. */
  isFresh(): Promise<boolean>
  renew(): Promise<void>
}

/** None for an action that starts nothing. */
function startMarkOf(action: Action, files: CommandContext['files']): readonly StartMark[] {
  if (action.kind === 'run-services') {
    const { input } = action
    const now = () => buildStartedMark(input, files)
    return [
      {
        isFresh: async () => compareStartedMarks(await readStartedMark(input, files), await now()) === undefined,
        renew: async () => writeStartedMark(input, await now(), files),
      },
    ]
  }
  if (action.kind !== 'run-containers') return []
  const { input } = action
  const ports = { files }
  return [
    {
      isFresh: async () => (await compareReads(input, await readReads(input.mark, ports), ports)).length === 0,
      renew: () => writeReads(input, ports),
    },
  ]
}
