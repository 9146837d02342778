// In: a new password of the first user. Out: `.env` has it, and nothing is restarted for that.
import {
  buildStartedMark,
  compareStartedMarks,
  readStartedMark,
  writeStartedMark,
} from '../../actions/services/started-mark.ts'
import { changeEnvSecrets } from '../../formats/env-change.ts'
import type { Secret } from '../../secret.ts'
import type { Stack } from '../../stack/spec.ts'
import { buildLayout } from '../../targets/native/layout.ts'
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
  const groups = targetOf(stack.spec.target)
    .actions(stack)
    .flatMap((action) => (action.kind === 'run-services' ? [action.input] : []))
  const before = await Promise.all(
    groups.map(async (input) => ({
      input,
      fresh:
        compareStartedMarks(await readStartedMark(input, files), await buildStartedMark(input, files)) === undefined,
    })),
  )
  const mode = (await files.stat(env))?.mode ?? 0o600
  const values = Object.fromEntries(VARIABLES.map((name) => [name, password]))
  await files.writeText(env, changeEnvSecrets(text, values), { mode })
  // The services that run do not look at this password: by it they are not out of date.
  for (const { input, fresh } of before) {
    if (fresh) await writeStartedMark(input, await buildStartedMark(input, files), files)
  }
}
