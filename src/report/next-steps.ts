// In: the stack that was set up. Out: what the user needs now: address, lines of code, secrets, the command that repeats it.
import type { Scenario } from '../stack/spec.ts'
import type { Style } from './style.ts'

export interface NextStepsFacts {
  readonly scenario: Scenario
  readonly directory: string
  /** Undefined in scenarios 1 and 2. */
  readonly address: string | undefined
  /** What a client needs, in order. A value of `undefined` is a secret: it is shown as `...`. */
  readonly variables: readonly { readonly name: string; readonly value: string | undefined }[]
  /** The virtual environment that clients on this machine may use. */
  readonly venv: string | undefined
  readonly user?: string
  /** Where the secrets are, if there are any. */
  readonly secretsFile?: string
  /** The command that repeats this run without questions, quoted for a shell. */
  readonly again: string
}

export function formatNextSteps(_facts: NextStepsFacts, _style: Style): string[] {
  return []
}
