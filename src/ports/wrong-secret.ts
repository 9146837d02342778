// In: a secret as it was typed. Out: what is wrong with it, or undefined.
import { Secret } from '../secret.ts'
import type { SecretPrompt } from './prompts.ts'

export function wrongSecret(
  typed: string,
  offer: string | undefined,
  validate: SecretPrompt['validate'],
): string | undefined {
  if (typed !== '') return validate(new Secret(typed))
  return offer === undefined ? 'Type it.' : undefined
}
