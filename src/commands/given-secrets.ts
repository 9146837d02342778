// In: the environment, the files that answers name, and what was typed. Out: the secrets that the user gives.
import type { Answers } from '../answers/answers.ts'
import { variableOf } from '../answers/question.ts'
import { SECRET_QUESTIONS, type SecretQuestion } from '../answers/secret-questions.ts'
import { UserError } from '../errors.ts'
import { secretFault, secretFromFile } from '../formats/secret-text.ts'
import { Secret, type Secrets } from '../secret.ts'
import { answersFromStack } from '../stack/from-answers.ts'
import type { Stack } from '../stack/spec.ts'
import { readProfileKeys } from './aws-profile-keys.ts'
import type { CommandContext } from './command-context.ts'
import { readKeptSecrets } from './kept-secrets.ts'

/** The variables that hold a secret. */
export function secretVariables({ env }: Pick<CommandContext, 'env'>): readonly string[] {
  return SECRET_QUESTIONS.map(({ variable }) => variable).filter((variable) => (env[variable] ?? '') !== '')
}

/**
 * By their names in `.env`: what was typed counts first, because nothing else was there or it was refused; then a file or
 * profile that an answer names, then a variable.
 * Throws UserError for a file that cannot be read, a profile without keys, and a secret that will not do.
 */
export async function readGivenSecrets(
  context: CommandContext,
  answers: Partial<Answers>,
  typed: Secrets = {},
): Promise<Secrets> {
  const open = SECRET_QUESTIONS.filter((question) => question.when(answers))
  const profile = await readProfile(context, answers)
  const given: Record<string, Secret> = {}
  for (const question of open) {
    const secret = (await fromFile(context, question, answers)) ?? fromEnvironment(context, question, profile)
    const found = typed[question.name] ?? profile?.[question.name] ?? secret
    if (found === undefined) continue
    refuseUnfit(question, found, answers)
    given[question.name] = found
  }
  return given
}

/**
 * For a stack that is there: what its `.env` does not have, from the environment. What it has counts, whatever else is set
 * where somebody applies a change.
 */
export async function readMissingSecrets(context: CommandContext, { directory, spec }: Stack): Promise<Secrets> {
  const { secrets: kept } = await readKeptSecrets(context, { directory, spec })
  const given = await readGivenSecrets(context, answersFromStack({ directory, spec }))
  return Object.fromEntries(Object.entries(given).filter(([name]) => kept[name] === undefined))
}

/** Why it will not do, or undefined; goes on after its name. */
export function whyUnfit(question: SecretQuestion, secret: Secret, answers: Partial<Answers>): string | undefined {
  return secretFault(secret, question.limits?.(answers))
}

function refuseUnfit(question: SecretQuestion, secret: Secret, answers: Partial<Answers>): void {
  const fault = whyUnfit(question, secret, answers)
  if (fault === undefined) return
  throw new UserError('secrets.unfit', `${question.variable} ${fault}. Nothing was changed.`, {
    because: `It is ${question.summary}.`,
    hint: { text: 'Give another one, then run this again.' },
  })
}

/** The keys of a profile belong together, as do those of the environment. */
function fromEnvironment(
  { env }: CommandContext,
  { variable, source }: SecretQuestion,
  profile: Secrets | undefined,
): Secret | undefined {
  const value = env[variable] ?? ''
  return value === '' || (source === 'awsProfile' && profile !== undefined) ? undefined : new Secret(value)
}

async function readProfile(context: CommandContext, { awsProfile }: Partial<Answers>): Promise<Secrets | undefined> {
  return awsProfile === undefined || awsProfile === 'none' ? undefined : readProfileKeys(context, awsProfile)
}

async function fromFile(
  { files }: CommandContext,
  { source }: SecretQuestion,
  answers: Partial<Answers>,
): Promise<Secret | undefined> {
  const path = source === undefined || source === 'awsProfile' ? undefined : answers[source]
  if (source === undefined || path === undefined || path === 'none') return undefined
  const text = await files.readText(path)
  if (text !== undefined) return secretFromFile(text)
  throw new UserError('secrets.no-file', `There is no file ${path}.`, {
    hint: { text: `Check ${variableOf({ id: source })} or its flag.` },
  })
}
