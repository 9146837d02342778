// In: resolved answers. Out: the command that gives the same stack without a question.
import type { Answers, ResolvedAnswers } from '../answers/answers.ts'
import { CATALOGUE } from '../answers/catalogue.ts'
import { inContainers, isForTeam, usesPostgres, usesS3 } from '../answers/conditions.ts'
import { flagOf, type Facts } from '../answers/question.ts'

/** Said even when they are the default: what the stack is, and a port that may be taken next time. */
const ALWAYS: readonly (keyof Answers)[] = ['scenario', 'publicUrl', 'port', 'artifactsPort']

/** Where the default hangs on what a machine and its environment have, a script says what it got. */
const FOR_TEAMS: readonly (keyof Answers)[] = ['target', 'proxy', 'backendStore', 's3Endpoint', 's3Region']
/** A variable for a store of others would take the place of the stack's own. */
const IN_CONTAINERS: readonly (keyof Answers)[] = ['postgres', 'managedS3']

/** Word by word. Answers that any run would derive by itself are left out, and no answer is a secret. */
export function buildRepeatCommand({ answers: resolved }: ResolvedAnswers, facts: Facts): readonly string[] {
  const answers = inParts(resolved)
  const said = [...ALWAYS, ...(isForTeam(answers) ? FOR_TEAMS : []), ...(inContainers(answers) ? IN_CONTAINERS : [])]
  const flags = CATALOGUE.flatMap((question) => {
    const value = answers[question.id]
    if (value === undefined) return []
    const derived = question.default(answers, facts)?.value === value
    return derived && !said.includes(question.id) ? [] : [flagOf(question), String(value)]
  })
  return ['npx', 'mlflow-setup', '--yes', ...flags]
}

/** An address of a store is said by its parts: one of them may have been corrected since. */
function inParts(answers: Partial<Answers>): Partial<Answers> {
  return {
    ...answers,
    ...(usesPostgres(answers) ? { backendStore: 'postgres' } : {}),
    ...(usesS3(answers) ? { artifactStore: 's3' } : {}),
  }
}
