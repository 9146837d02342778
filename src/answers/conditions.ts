// In: the answers so far. Out: what they say together, for the questions that hang on it.
import type { Answers, Program } from './answers.ts'
import type { Facts } from './question.ts'

type SoFar = Partial<Answers>

export const NO_SERVER = 'does not apply: scenarios 1 and 2 have no server'
export const NO_NGINX = 'does not apply: no nginx of the stack answers; see --proxy'
export const NO_POSTGRES = 'does not apply: runs are not kept in PostgreSQL; see --backend-store'
export const NO_OTHERS_POSTGRES = 'does not apply: the stack runs PostgreSQL itself; see --postgres'
export const NO_OTHERS_S3 = 'does not apply: the stack runs the store itself; see --managed-s3'
export const NOT_NATIVE = 'does not apply: everything runs in containers; see --target'
export const NOT_COMPOSE = 'does not apply: nothing runs in containers; see --target'
export const NO_S3 = 'does not apply: files are not kept in a bucket; see --artifact-store'

export function hasServer({ scenario }: SoFar): boolean {
  return scenario !== undefined && scenario >= 3
}

/** Scenarios 4 to 6: several people, from several machines. */
export function isForTeam({ scenario }: SoFar): boolean {
  return scenario !== undefined && scenario >= 4
}

/** Whether an nginx of ours answers at the public address. */
export function isProxied({ proxy }: SoFar): boolean {
  return proxy === 'managed' || proxy === 'system'
}

/** Whether somebody asks for user and password. */
export function hasLogin({ auth }: SoFar): boolean {
  return auth === 'htpasswd' || auth === 'basic-auth'
}

/** Whether its services are containers. */
export function inContainers({ target }: SoFar): boolean {
  return target === 'compose'
}

/** By the word, or by an address, with or without the driver that SQLAlchemy names in it. */
export function usesPostgres({ backendStore }: SoFar): boolean {
  return backendStore !== undefined && /^postgres(ql)?(\+\w+:|:|$)/.test(backendStore)
}

/** A server that was there before. */
export function usesOthersPostgres(answers: SoFar): boolean {
  return usesPostgres(answers) && answers.postgres === 'existing'
}

/** By the word, or by the address of a bucket. */
export function usesS3({ artifactStore }: SoFar): boolean {
  return artifactStore !== undefined && /^s3(:|$)/.test(artifactStore)
}

/** A store that was there before. */
export function usesOthersS3(answers: SoFar): boolean {
  return usesS3(answers) && (answers.managedS3 ?? 'none') === 'none'
}

/** Whether one of these questions was answered by the user. */
export function isGiven({ given }: Facts, ...ids: readonly (keyof Answers)[]): boolean {
  return ids.some((id) => given[id] !== undefined)
}

/** Whether it is on the machine, or may be put there; an image has everything. */
export function canHave(
  answers: SoFar,
  { machine, installable }: Facts,
  program: Extract<Program, 'postgresql' | 'nginx'>,
): boolean {
  if (inContainers(answers)) return true
  const there = program === 'nginx' ? machine.nginx !== undefined : machine.postgres.programs.length > 0
  return there || installable.includes(program)
}
