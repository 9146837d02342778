// In: nothing. Out: the secrets that a user may give: by a variable, from a file that an answer names, or typed unseen.
import type { Problem } from '../errors.ts'
import type { Answers } from './answers.ts'
import { hasLogin, usesOthersPostgres, usesOthersS3 } from './conditions.ts'
import { flagOf, type Facts } from './question.ts'

/** One secret that a user may give. Never the value of a flag. */
export interface SecretQuestion {
  /** Its name in `.env`, and among the secrets of the actions. */
  readonly name: string
  /** The variable that gives it. */
  readonly variable: string
  /** The answer that names a file with it, or a profile that has it. */
  readonly source: 'adminPasswordFile' | 'postgresPasswordFile' | 'postgresAdminUrlFile' | 'awsProfile' | undefined
  readonly ask: string
  /** What it is, for the list of what is missing. */
  readonly summary: string
  /** What makes it unnecessary. */
  readonly instead?: string
  /** Whether these answers leave room for it. */
  when(answers: Partial<Answers>): boolean
  /** Whether nobody else can make it. */
  needed(answers: Partial<Answers>): boolean
  /** What it must be like, over one line of text. */
  limits?(answers: Partial<Answers>): { readonly least?: number; readonly mostBytes?: number }
}

const takesKeys = (answers: Partial<Answers>) => usesOthersS3(answers) && answers.s3Credentials === 'keys'

export const SECRET_QUESTIONS: readonly SecretQuestion[] = [
  {
    name: 'MLFLOW_SETUP_ADMIN_PASSWORD',
    variable: 'MLFLOW_SETUP_ADMIN_PASSWORD',
    source: 'adminPasswordFile',
    ask: 'Which password for the first user?',
    summary: 'the password of the first user',
    when: hasLogin,
    needed: () => false,
    // MLflow's own login refuses shorter ones; bcrypt, which htpasswd is written with, reads no more than 72 bytes.
    limits: ({ auth }) => (auth === 'basic-auth' ? { least: 12 } : { mostBytes: 72 }),
  },
  {
    name: 'MLFLOW_SETUP_POSTGRES_ADMIN_URL',
    variable: 'MLFLOW_SETUP_POSTGRES_ADMIN_URL',
    source: 'postgresAdminUrlFile',
    ask: 'Login of a database administrator (postgresql://user:password@host/postgres):',
    summary: 'the address of a database administrator, postgresql://user:password@host/postgres',
    when: (answers) => usesOthersPostgres(answers) && answers.postgresAdmin === 'url',
    needed: (answers) => answers.postgresAdmin === 'url',
  },
  {
    name: 'PGPASSWORD',
    variable: 'MLFLOW_SETUP_POSTGRES_PASSWORD',
    source: 'postgresPasswordFile',
    ask: 'Password of the database role:',
    summary: 'the password of the database role',
    instead: 'where there is no such role yet, give an administrator: MLFLOW_SETUP_POSTGRES_ADMIN_URL',
    when: usesOthersPostgres,
    needed: (answers) => answers.postgresAdmin === 'none',
  },
  {
    name: 'AWS_ACCESS_KEY_ID',
    variable: 'AWS_ACCESS_KEY_ID',
    source: 'awsProfile',
    ask: 'Access key of the store (AWS_ACCESS_KEY_ID):',
    summary: 'the access key of the store',
    when: takesKeys,
    needed: takesKeys,
  },
  {
    name: 'AWS_SECRET_ACCESS_KEY',
    variable: 'AWS_SECRET_ACCESS_KEY',
    source: 'awsProfile',
    ask: 'Its secret (AWS_SECRET_ACCESS_KEY):',
    summary: 'the secret of that key',
    when: takesKeys,
    needed: takesKeys,
  },
  {
    name: 'AWS_SESSION_TOKEN',
    variable: 'AWS_SESSION_TOKEN',
    source: 'awsProfile',
    ask: '',
    summary: 'the token of keys that end by themselves',
    when: takesKeys,
    needed: () => false,
  },
]

export const SECRET_VARIABLES = SECRET_QUESTIONS.map(({ variable }) => variable)

/** What only the user can give, and nobody did, as one lists missing answers. */
export function missingSecrets(answers: Partial<Answers>, facts: Facts): Problem[] {
  return openSecrets(answers, facts.secrets).map(({ variable, summary, source, instead }) => {
    const file =
      source === undefined
        ? ''
        : `, or name a ${source === 'awsProfile' ? 'profile' : 'file'}: ${flagOf({ id: source })}`
    const other = instead === undefined ? '' : `; ${instead}`
    return { name: variable, message: `missing: ${summary}${file}${other}` }
  })
}

/**
 * The secrets that only the user can give, and that are not at hand: `secrets` are the names and variables of those that are.
 * Those that were refused, by their names, are open too.
 */
export function openSecrets(
  answers: Partial<Answers>,
  secrets: readonly string[],
  refused: ReadonlySet<string> = new Set(),
): readonly SecretQuestion[] {
  return SECRET_QUESTIONS.filter(
    (secret) =>
      secret.when(answers) &&
      (refused.has(secret.name) || (secret.needed(answers) && !isAtHand(secret, answers, secrets))),
  )
}

/** The answer that names a file or a profile with this secret; undefined where none does. */
export function sourceOf(name: string, answers: Partial<Answers>): keyof Answers | undefined {
  const source = SECRET_QUESTIONS.find((secret) => secret.name === name)?.source
  const named = source === undefined ? undefined : answers[source]
  return named === undefined || named === 'none' ? undefined : source
}

function isAtHand(
  { name, variable, source }: SecretQuestion,
  answers: Partial<Answers>,
  secrets: readonly string[],
): boolean {
  // An administrator is needed until the role has a password of ours.
  const made = name === 'MLFLOW_SETUP_POSTGRES_ADMIN_URL' && secrets.includes('PGPASSWORD')
  const named = source === undefined ? undefined : answers[source]
  return made || secrets.includes(name) || secrets.includes(variable) || (named !== undefined && named !== 'none')
}
