// In: a Stack of containers. Out: the packages that its image has beside MLflow.
import type { Stack } from '../../stack/spec.ts'
import { serverLogin } from '../native/login.ts'

/** As the tests of this release ran them; a unit test compares them with those of native stacks. */
export const TESTED_VERSIONS: Readonly<Record<string, string>> = {
  boto3: '1.44.5',
  'Flask-WTF': '1.3.0',
  httptools: '0.9.0',
  'psycopg2-binary': '2.9.13',
  uvloop: '0.23.0',
}

/** Exactly what this stack imports; uvloop ends a delay of 40 ms a call, and httptools is its parser (PERFORMANCE.md section 1). */
export function requirementsOf(stack: Stack): readonly string[] {
  const { backendStore, artifactStore } = stack.spec
  const names = [
    ...(artifactStore.kind === 's3' ? ['boto3'] : []),
    'httptools',
    ...(backendStore.kind === 'postgres' ? ['psycopg2-binary'] : []),
    'uvloop',
    ...serverLogin(stack).packages,
  ]
  return names.map((name) => {
    const version = TESTED_VERSIONS[name]
    return version === undefined ? name : `${name}==${version}`
  })
}
