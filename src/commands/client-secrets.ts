// In: a stack's .env and what its clients need. Out: each variable with its value; secrets stay wrapped.
import { ExternalError } from '../errors.ts'
import type { ClientVariableFacts } from '../report/client-view.ts'
import type { Secrets } from '../secret.ts'
import type { ClientEnvironment } from '../stack/client-environment.ts'
import { readSecrets } from '../stack/secrets.ts'
import type { Stack } from '../stack/spec.ts'
import { buildLayout } from '../targets/native/layout.ts'
import type { CommandContext } from './command-context.ts'

/** The secrets in the stack's `.env`, by the names that they have there. */
export async function readStackSecrets(
  { files }: Pick<CommandContext, 'files'>,
  { directory }: Stack,
): Promise<Secrets> {
  return readSecrets(await files.readText(buildLayout(directory).env))
}

/** Throws ExternalError `client.secret-missing` for a secret that the stack ought to have. */
export function fillVariables(
  environment: ClientEnvironment,
  secrets: Secrets,
  stack: Stack,
): readonly ClientVariableFacts[] {
  return environment.variables.flatMap((variable): readonly ClientVariableFacts[] => {
    if ('value' in variable) return [variable]
    if ('unknown' in variable) return [{ ...variable, value: undefined }]
    const value = secrets[variable.secret]
    if (value !== undefined) return [{ name: variable.name, value }]
    if (variable.optional === true) return []
    throw missing(variable.secret, stack)
  })
}

/** The error for a secret that the stack ought to have. */
export function missing(name: string, { directory }: Stack): ExternalError {
  return new ExternalError('client.secret-missing', `${buildLayout(directory).env} has no ${name}.`, {
    because: 'The stack was not applied yet, or somebody edited the file.',
    hint: { text: 'Apply puts what is missing there.', command: 'mlflow-setup apply' },
  })
}
