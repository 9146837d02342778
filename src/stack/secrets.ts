// In: a stack and its .env. Out: Secrets: those that are there are kept, missing ones are made.
import { parseEnvFile } from '../formats/env-file.ts'
import type { Random } from '../ports/random.ts'
import { Secret, type Secrets } from '../secret.ts'
import type { StackSpec } from './spec.ts'

/** How each secret of a stack is made. */
const MAKERS = {
  // Encrypts the keys of the AI gateway. Without one the server uses a key that everybody knows.
  MLFLOW_CRYPTO_KEK_PASSPHRASE: (random: Random) => random.secret(43),
  // Encrypts the secrets of webhooks. Without one each worker makes its own and cannot read the others'.
  MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: (random: Random) => random.fernetKey(),
} satisfies Record<string, (random: Random) => Secret>

/** The names of the secrets that this stack needs. */
export function secretNames(spec: StackSpec): readonly (keyof typeof MAKERS)[] {
  return spec.publicUrl === undefined ? [] : ['MLFLOW_CRYPTO_KEK_PASSPHRASE', 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY']
}

/** `envText` is the text of the stack's `.env`, or undefined where there is none. */
export function resolveSecrets(spec: StackSpec, envText: string | undefined, random: Random): Secrets {
  const found = envText === undefined ? {} : parseEnvFile(envText)
  return Object.fromEntries(
    secretNames(spec).map((name) => {
      const value = found[name]
      return [name, value === undefined || value === '' ? MAKERS[name](random) : new Secret(value)]
    }),
  )
}
