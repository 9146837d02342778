// In: an address. Out: what the test client says of it, with the real ports.
import { makeClock } from '../../src/ports/clock.ts'
import { makeCommands } from '../../src/ports/commands.ts'
import type { Commands } from '../../src/ports/commands.ts'
import { makeHttp } from '../../src/ports/http.ts'
import { makeObjectStores } from '../../src/ports/object-stores.ts'
import { makeRandom } from '../../src/ports/random.ts'
import { makeTemplates } from '../../src/ports/templates.ts'
import { Secret } from '../../src/secret.ts'
import { proveByPython } from '../../src/test-client/prove-by-python.ts'
import type { PythonClient } from '../../src/test-client/prove-by-python.ts'
import { proveByRest } from '../../src/test-client/prove-by-rest.ts'
import type { ProofOptions } from '../../src/test-client/prove-by-rest.ts'
import type { StepResult, TestSubject } from '../../src/test-client/step.ts'

export interface ProveWish extends Partial<ProofOptions> {
  /** Where programs are run; this machine as it is, when undefined. */
  readonly commands?: Commands
  readonly user?: string
  readonly password?: string
}

/** `about`: an address, or all that is known of the server. */
export async function proveRest(about: string | TestSubject, wish: ProveWish = {}): Promise<StepResult[]> {
  const http = makeHttp()
  try {
    return await proveByRest(
      subjectOf(about, wish),
      { http, clock: makeClock(), random: makeRandom(), objectStores: makeObjectStores() },
      optionsOf(wish),
    )
  } finally {
    http.close()
  }
}

export function provePython(
  about: string | TestSubject,
  client: PythonClient,
  wish: ProveWish = {},
): Promise<StepResult[]> {
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']))
  const commands = wish.commands ?? makeCommands()
  const ports = { commands, templates: makeTemplates(), clock: makeClock(), random: makeRandom(), env }
  return proveByPython(subjectOf(about, wish), client, ports, optionsOf(wish))
}

/** `passed` per step, or why not: what a test compares. */
export function outcomes(results: readonly StepResult[]): Record<string, string> {
  return Object.fromEntries(
    results.map(({ id, status, blockedBy }) => [id, blockedBy === undefined ? status : `needs ${blockedBy}`]),
  )
}

export function problemOf(results: readonly StepResult[], id: string): NonNullable<StepResult['problem']> {
  const problem = results.find((result) => result.id === id)?.problem
  if (problem === undefined) throw new Error(`${id} did not fail: ${JSON.stringify(results, null, 2)}`)
  return problem
}

function subjectOf(about: string | TestSubject, { user, password }: ProveWish): TestSubject {
  if (typeof about !== 'string') return about
  return {
    trackingUri: about,
    user,
    password: password === undefined ? undefined : new Secret(password),
    ca: undefined,
  }
}

function optionsOf({ keep, signal, onStep }: ProveWish): ProofOptions {
  return {
    keep: keep ?? false,
    signal: signal ?? new AbortController().signal,
    ...(onStep === undefined ? {} : { onStep }),
  }
}
