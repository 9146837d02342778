// In: the code of what was found to be wrong before anything was changed. Out: what is asked again because of it.
import type { Answers } from '../answers/answers.ts'

export interface Behind {
  /** Their answers may be the wrong ones. */
  readonly questions: readonly (keyof Answers)[]
  /** Secrets that are the wrong ones, by their names in `.env`: wherever they came from, they are asked for. */
  readonly secrets: readonly string[]
  /** Secrets that may be the wrong ones too: those that were typed are asked for again. */
  readonly doubtful: readonly string[]
}

interface Cause extends Partial<Behind> {
  readonly codes: RegExp
  when?(answers: Partial<Answers>): boolean
}

const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
const ADMIN = ['MLFLOW_SETUP_POSTGRES_ADMIN_URL']

const DATABASE_CAUSES: readonly Cause[] = [
  { codes: /^database\.(no-tls|tls-wanted)$/, questions: ['postgresSslmode'] },
  { codes: /^database\.(certificate-.*|ca-file)$/, questions: ['postgresCaFile'] },
  {
    codes: /^database\.(wrong-password|no-password)$/,
    when: ({ postgresAdmin }) => postgresAdmin === 'url',
    secrets: ADMIN,
  },
  // The server does not tell a wrong password from a role that is not there.
  { codes: /^database\.(wrong-password|no-password)$/, questions: ['postgresUser'], secrets: ['PGPASSWORD'] },
  { codes: /^database\.(role-taken|no-role|superuser)$/, questions: ['postgresUser'] },
  {
    codes: /^database\.(missing|other-tables|owned-by-other|name-too-long|encoding|newer|older).*$/,
    questions: ['postgresDatabase'],
  },
  {
    codes: /^database\.(no-admin|no-right|not-root|not-let-in|other-identity)$/,
    questions: ['postgresAdmin'],
    secrets: ADMIN,
  },
  { codes: /^database\.too-few-connections$/, questions: ['workers'] },
  // The administrator's address has a host too.
  {
    codes: /^database\.(refused|no-answer|unknown-host|not-postgres)$/,
    questions: ['postgresHost', 'postgresPort'],
    doubtful: ADMIN,
  },
  { codes: /^database\./, questions: ['postgresHost', 'postgresPort'] },
  { codes: /^connection-url\./, when: ({ postgresAdmin }) => postgresAdmin !== undefined, secrets: ADMIN },
  { codes: /^cluster\./, questions: ['postgresPrograms'] },
]

const STORE_CAUSES: readonly Cause[] = [
  {
    codes: /^s3\.(wrong-key-id|wrong-secret|session-token|no-keys)$/,
    when: ({ awsProfile }) => awsProfile !== undefined,
    secrets: KEYS,
  },
  { codes: /^s3\.wrong-region$/, questions: ['s3Region'] },
  { codes: /^s3\.(bucket-.*|no-bucket|forbidden)$/, questions: ['s3Bucket'] },
  { codes: /^s3\.unknown-host$/, when: ({ s3Endpoint }) => s3Endpoint === 'aws', questions: ['s3Region'] },
  { codes: /^s3\.no-role$/, questions: ['s3Credentials'] },
  { codes: /^s3\.(ca-file|tls-.*)$/, questions: ['s3CaFile'] },
  { codes: /^s3\./, questions: ['s3Endpoint'] },
  { codes: /^aws\./, questions: ['awsProfile'] },
]

const PROXY_CAUSES: readonly Cause[] = [
  { codes: /^tls\.(key-mismatch|encrypted-key|not-a-key)$/, questions: ['tlsKey'] },
  { codes: /^tls\./, questions: ['tlsCert'] },
  { codes: /^nginx\.(missing|too-old)$/, questions: ['nginx'] },
  { codes: /^nginx\./, questions: ['proxy'] },
]

const STACK_CAUSES: readonly Cause[] = [
  { codes: /^(stack\.name-taken|secrets\.lost)$/, questions: ['name', 'dir'] },
  { codes: /^stack\.renamed$/, questions: ['name'] },
]

/** The first that fits counts. */
const CAUSES = [...DATABASE_CAUSES, ...STORE_CAUSES, ...PROXY_CAUSES, ...STACK_CAUSES]

/** Undefined where no answer of this stack is behind it. */
export function questionsBehind(code: string, answers: Partial<Answers>): Behind | undefined {
  const isAnswered = (id: keyof Answers) => answers[id] !== undefined
  const cause = CAUSES.find(
    ({ codes, when, questions = [] }) =>
      codes.test(code) && when?.(answers) !== false && (questions.length === 0 || questions.some(isAnswered)),
  )
  if (cause === undefined) return undefined
  const { questions = [], secrets = [], doubtful = [] } = cause
  return { questions: questions.filter(isAnswered), secrets, doubtful }
}
