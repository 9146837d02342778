// In: the code of what was found to be wrong before anything was changed. Out: the question whose answer is behind it.
import type { Answers } from '../answers/answers.ts'

export interface Behind {
  readonly question: keyof Answers
  /** Secrets that may be the wrong ones, by their names in `.env`: when they were typed, they are asked for again. */
  readonly secrets: readonly string[]
}

const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
const ADMIN = ['MLFLOW_SETUP_POSTGRES_ADMIN_URL']
const LOGIN = ['PGPASSWORD', ...ADMIN]

/** The first that fits counts. */
const CAUSES: readonly (readonly [codes: RegExp, question: keyof Answers, secrets?: readonly string[]])[] = [
  [/^database\.(no-tls|tls-wanted)$/, 'postgresSslmode'],
  [/^database\.(certificate-.*|ca-file)$/, 'postgresCaFile'],
  [/^database\.(wrong-password|no-password|role-taken|no-role|superuser)$/, 'postgresUser', LOGIN],
  [/^database\.(missing|other-tables|owned-by-other|name-too-long|encoding|newer|older).*$/, 'postgresDatabase'],
  [/^database\.(no-admin|no-right|not-root|not-let-in|other-identity)$/, 'postgresAdmin', ADMIN],
  [/^database\.too-few-connections$/, 'workers'],
  [/^database\./, 'postgresHost'],
  [/^connection-url\./, 'postgresAdmin', ADMIN],
  [/^s3\.(wrong-key-id|wrong-secret|session-token|no-keys)$/, 'awsProfile', KEYS],
  [/^s3\.wrong-region$/, 's3Region'],
  [/^s3\.(bucket-.*|no-bucket|forbidden)$/, 's3Bucket'],
  [/^s3\.no-role$/, 's3Credentials'],
  [/^s3\.(ca-file|tls-.*)$/, 's3CaFile'],
  [/^s3\./, 's3Endpoint'],
  [/^aws\./, 'awsProfile'],
  [/^tls\.(key-mismatch|encrypted-key|not-a-key)$/, 'tlsKey'],
  [/^tls\./, 'tlsCert'],
  [/^nginx\.(missing|too-old)$/, 'nginx'],
  [/^nginx\./, 'proxy'],
  [/^cluster\./, 'postgresPrograms'],
]

/** Undefined where no answer of this stack is behind it. */
export function questionBehind(code: string, answers: Partial<Answers>): Behind | undefined {
  const cause = CAUSES.find(([codes, question]) => codes.test(code) && answers[question] !== undefined)
  return cause === undefined ? undefined : { question: cause[1], secrets: cause[2] ?? [] }
}
