// In: what is left of a stack's secrets, and its volumes. Out: nothing, where what the volumes hold can still be read.
import type { Volume } from '../actions/compose/volumes.ts'
import { UserError } from '../errors.ts'
import type { Secrets } from '../secret.ts'
import type { Stack } from '../stack/spec.ts'
import { buildLayout } from '../targets/native/layout.ts'
import { CIPHERS } from '../targets/native/mlflow.ts'
import type { CommandContext } from './command-context.ts'

/** Throws UserError `secrets.lost`: new ones would not open what others have closed. */
export async function refuseLostSecrets(
  { files }: Pick<CommandContext, 'files'>,
  { directory }: Stack,
  secrets: Secrets,
  volumes: readonly Volume[],
): Promise<void> {
  if (volumes.length === 0 || CIPHERS.every((name) => secrets[name] !== undefined)) return
  const { env, spec } = buildLayout(directory)
  const names = volumes.map(({ name }) => name)
  const described = (await files.stat(spec)) !== undefined
  throw new UserError('secrets.lost', `The secrets of ${names.join(' and ')} are lost. Nothing was changed.`, {
    because: `${env} does not have them, and there is no container that has. Others open neither the database nor what MLflow has encrypted in it.`,
    hint: described ? GO_ON : startOver(directory, names),
  })
}

const GO_ON = {
  text: 'Put .env back from a backup. Or take new ones: runs and artifacts stay, and what is encrypted (keys of the AI gateway, secrets of webhooks) must be given again.',
  command: 'mlflow-setup apply --replace .env',
}

/** Without mlflow-setup.yaml there is nothing to apply. */
function startOver(directory: string, names: readonly string[]) {
  return {
    text: `Put ${directory} back from a backup, or take another name (--name). Or remove them, with everything in them:`,
    command: `docker volume rm ${names.join(' ')}`,
  }
}
