// In: a wanted stack. Out: whether the one in its directory runs somewhere else, from where its data does not move.
import { literal, looseObject, picklist, safeParse } from 'valibot'
import type { Files } from '../../ports/files.ts'
import type { Stack } from '../../stack/spec.ts'
import { readJournal } from '../journal.ts'
import { problemOf, type PreflightProblem } from './preflight-problem.ts'

/** The kinds of actions that make what outlives them: databases, files, services. */
const MADE_NATIVE = ['run-services', 'create-cluster', 'initialise-store', 'initialise-schema'] as const
const MADE_COMPOSE = ['run-containers'] as const

const made = looseObject({ kind: picklist([...MADE_NATIVE, ...MADE_COMPOSE]), phase: literal('started') })

/**
 * The journal counts, not mlflow-setup.yaml, which its user may have edited. A first run that failed before anything was
 * made leaves nothing that could be lost.
 */
export async function checkTarget(
  { directory, spec }: Stack,
  { files }: { readonly files: Pick<Files, 'readText'> },
): Promise<PreflightProblem | undefined> {
  const entries = await readJournal(directory, files)
  const former = entries.flatMap((entry) => targetOfEntry(entry)).at(-1)
  if (former === undefined || former === spec.target) return undefined
  const cure = `take ${former} there, or give the other one a --dir and a --name of its own`
  return problemOf('target', `the stack in ${directory} ${STAYS[former]}; ${cure}`)
}

const STAYS = {
  native: 'runs on this machine itself, and its runs, files and users do not move into containers',
  compose: 'runs in containers, and its runs, files and users do not move out of those',
} as const

function targetOfEntry(entry: unknown): readonly ('native' | 'compose')[] {
  const parsed = safeParse(made, entry)
  if (!parsed.success) return []
  return [parsed.output.kind === 'run-containers' ? 'compose' : 'native']
}
