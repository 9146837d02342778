// In: nothing. Out: the questions about files with secrets of PostgreSQL.
import { NO_OTHERS_POSTGRES, usesOthersPostgres } from '../conditions.ts'
import { question } from '../question.ts'
import { absolutePath, oneLine } from '../schemas.ts'

export const postgresAdminUrlFile = question({
  id: 'postgresAdminUrlFile',
  kind: 'text',
  group: 'PostgreSQL',
  placeholder: '<path>',
  summary: 'a file with postgresql://user:password@host/postgres of an administrator, read once and not kept, or none',
  ask: "Which file has the administrator's address (or none)?",
  when: (answers) => usesOthersPostgres(answers) && answers.postgresAdmin === 'url',
  whenNot: 'does not apply: no administrator makes the database; see --postgres-admin',
  schema: oneLine('a path, or none'),
  normalise: (value, facts) => absolutePath(value, facts, 'none'),
  default: () => ({ value: 'none' }),
  defaultInWords: 'none: `MLFLOW_SETUP_POSTGRES_ADMIN_URL`',
})

export const postgresPasswordFile = question({
  id: 'postgresPasswordFile',
  kind: 'text',
  group: 'PostgreSQL',
  placeholder: '<path>',
  summary: 'a file with the password of the role, or none',
  ask: 'Which file has the password of the role (or none)?',
  when: usesOthersPostgres,
  whenNot: NO_OTHERS_POSTGRES,
  schema: oneLine('a path, or none'),
  normalise: (value, facts) => absolutePath(value, facts, 'none'),
  default: () => ({ value: 'none' }),
  defaultInWords: 'none: `MLFLOW_SETUP_POSTGRES_PASSWORD`, else one is made for a new role',
})
