import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { compileTemplate } from '../../src/plan/render-templates.ts'
import { Secret, type Secrets } from '../../src/secret.ts'
import { secretNames } from '../../src/stack/secrets.ts'
import type { Stack } from '../../src/stack/spec.ts'
import type { Action } from '../../src/targets/action.ts'
import { compose } from '../../src/targets/compose/compose.ts'

/** By this mark a secret is found wherever it should not be. */
export const SECRET_MARK = 'for-tests-only'

/** Every secret that the stack needs, each another one. */
export function fakeSecrets({ spec }: Pick<Stack, 'spec'>): Secrets {
  return Object.fromEntries(secretNames(spec).map((name) => [name, new Secret(`${name.toLowerCase()}-${SECRET_MARK}`)]))
}

type Files = Readonly<Record<string, string>>

/** The files of a stack of containers, as they are before anything was pulled: by their path below its directory. */
export function renderComposeFiles(stack: Stack, secrets: Secrets = fakeSecrets(stack)): Files {
  return makeComposeRenderer()(stack, secrets)
}

/** The same for many stacks: each template is read once. `resolves`: whether nginx looks names up again, from 1.27.3 on. */
export function makeComposeRenderer(resolves = true): (stack: Stack, secrets?: Secrets) => Files {
  const templates = new Map<string, ReturnType<typeof compileTemplate>>()
  const templateFor = (name: string) => {
    const known = templates.get(name) ?? compileTemplate(readTemplate(name))
    templates.set(name, known)
    return known
  }
  return (stack, secrets = fakeSecrets(stack)) => {
    const files = compose.actions(stack).flatMap((action) => {
      const file = templateOf(action, resolves)
      if (file === undefined) return []
      return [[relative(stack.directory, file.path), templateFor(file.template)(file.values, secrets)]]
    })
    return Object.fromEntries(files)
  }
}

function templateOf(action: Action, resolves: boolean) {
  switch (action.kind) {
    case 'write-file':
    case 'write-image-file':
    case 'write-compose-file':
      return action.input
    case 'write-container-nginx':
      return {
        ...action.input,
        values: { ...action.input.values, hsts: action.input.hstsCertificate !== undefined, resolves },
      }
    default:
      return undefined
  }
}

function readTemplate(name: string): string {
  return readFileSync(new URL(`../../templates/${name}`, import.meta.url), 'utf8')
}
