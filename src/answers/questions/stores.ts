// In: nothing. Out: the questions about where runs and files live.
import { pipe, transform } from 'valibot'
import { parseConnectionUrl, type ConnectionParts } from '../../formats/connection-url.ts'
import { UserError } from '../../errors.ts'
import { objectPrefixOf, whyNotBucketName } from '../../formats/bucket-name.ts'
import { Secret } from '../../secret.ts'
import { canHave, inContainers, isForTeam, isGiven, usesPostgres, usesS3 } from '../conditions.ts'
import { expandHome } from '../expand-home.ts'
import { whyNotDatabaseHost, whyNotDatabaseName, whyNotRoleName } from '../names.ts'
import { question, type Facts } from '../question.ts'
import { checkedLine } from '../schemas.ts'
import type { Answers } from '../answers.ts'

const OTHER_DATABASE = /^(mysql|mariadb|mssql)(\+|:|$)/
const OTHER_STORE = /^(gs|gcs|azure|wasbs?|abfss?|hdfs|sftp|ftp|nfs)(:|$)/

export const backendStore = question({
  id: 'backendStore',
  kind: 'text',
  group: 'Stores',
  placeholder: '<kind, path or url>',
  summary:
    'where runs and metrics live: sqlite, the path of its file, postgres, or postgresql://user@host:port/database',
  ask: 'Where should runs and metrics live?',
  // Among containers a server more costs nobody anything.
  asks: (answers) => isForTeam(answers) && !inContainers(answers),
  when: (answers) => answers.scenario !== 1,
  whenNot: 'does not apply: scenario 1 keeps runs in plain files',
  // One person may have a file of their own; a team takes what takes many writers.
  options: (answers, facts) =>
    isForTeam(answers)
      ? [
          { value: 'postgres', label: 'In PostgreSQL', hint: foundWords(answers, facts) },
          { value: 'sqlite', label: 'In a SQLite file', hint: 'fine for a few people' },
        ]
      : undefined,
  schema: pipe(
    checkedLine('a store: sqlite, postgres, or a path', whyNotBackend),
    transform((value) => (value === 'postgresql' ? 'postgres' : value)),
  ),
  conflict: (value, answers) => {
    const { scenario } = answers
    if (usesPostgres({ backendStore: value }))
      return scenario === 2 || scenario === 3
        ? `does not go with scenario ${scenario}; take sqlite, or scenario 4, 5 or 6`
        : undefined
    return inContainers(answers) && value !== 'sqlite'
      ? 'is a file of this machine, and in containers SQLite is in a volume; take sqlite'
      : undefined
  },
  implied: (facts) => (isGiven(facts, ...POSTGRES_QUESTIONS) ? 'postgres' : undefined),
  normalise: (value, { home }) => expandHome(value, home),
  default: (answers, facts) =>
    isForTeam(answers) && canHave(answers, facts, 'postgresql')
      ? { value: 'postgres', why: foundWords(answers, facts) }
      : { value: 'sqlite' },
  defaultInWords: 'postgres in scenarios 4 to 6 where PostgreSQL is there, else sqlite',
})

/** Whoever answers one of these wants PostgreSQL. */
const POSTGRES_QUESTIONS = [
  'postgres',
  'postgresPrograms',
  'postgresHost',
  'postgresPort',
  'postgresAdmin',
  'postgresDatabase',
  'postgresUser',
  'postgresSslmode',
  'postgresCaFile',
  'postgresAdminUrlFile',
  'postgresPasswordFile',
] as const satisfies readonly (keyof Answers)[]

function foundWords(answers: Partial<Answers>, { machine }: Facts): string {
  const [newest] = inContainers(answers) ? [] : machine.postgres.programs
  return newest === undefined ? 'takes many writers' : `PostgreSQL ${newest.major} is on this machine`
}

function whyNotBackend(value: string): string | undefined {
  if (OTHER_DATABASE.test(value)) return 'is not part of this version; take postgres or sqlite'
  if (usesPostgres({ backendStore: value })) return value.includes(':') ? whyNotDatabase(value) : undefined
  const path = value.replace(/^sqlite:\/\/\//, '')
  if (path.endsWith('/')) return 'ends with a slash; name the file'
  if (path.includes('?')) return 'has a ? in it'
  return path === 'sqlite' ? undefined : whyNotPath(path, 'sqlite, postgres')
}

/** Where a path may stand in place of a word, a misspelt word is none: it would become the name of a folder. */
function whyNotPath(value: string, words: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(value)) return `is not ${words}, an address or a path`
  return /^[\w-]+$/.test(value) ? `is not ${words}; a file or folder of that name is ./${value}` : undefined
}

function whyNotDatabase(url: string): string | undefined {
  try {
    const { password, host, user, database } = databaseOf(url)
    if (password !== undefined)
      return 'has a password in it, which others could read; give it in MLFLOW_SETUP_POSTGRES_PASSWORD'
    return (
      whyNotPart('host', host, whyNotDatabaseHost) ??
      whyNotPart('role', user, whyNotRoleName) ??
      whyNotPart('database', database, whyNotDatabaseName)
    )
  } catch (error) {
    if (error instanceof UserError) return 'is not an address such as postgresql://user@host:5432/database'
    throw error
  }
}

function whyNotPart(
  what: string,
  value: string | undefined,
  problemOf: (value: string) => string | undefined,
): string | undefined {
  const problem = value === undefined ? undefined : problemOf(value)
  return problem === undefined ? undefined : `names the ${what} ${value}, which ${problem}`
}

/** What the address of a database says; nothing for a word. Throws UserError where it is none. */
export function databaseOf(url = ''): Partial<ConnectionParts> {
  return url.includes(':') ? parseConnectionUrl(new Secret(url), '--backend-store') : {}
}

export const artifactStore = question({
  id: 'artifactStore',
  kind: 'text',
  group: 'Stores',
  placeholder: '<kind, path or url>',
  summary: 'where files live: local, the path of a folder, s3, or s3://bucket/prefix',
  ask: 'Where should files live?',
  // Among containers the next question says it: whose store.
  asks: (answers) => (answers.scenario === 5 || answers.scenario === 6) && !inContainers(answers),
  options: (answers) =>
    isForTeam(answers)
      ? [
          ...(answers.scenario === 4
            ? []
            : inContainers(answers)
              ? [{ value: 'local', label: 'In a volume', hint: "of this machine's Docker" }]
              : [{ value: 'local', label: 'In a folder here', hint: 'on the disk of this machine' }]),
          { value: 's3', label: 'In a bucket', hint: 'of AWS, or of anything that speaks S3' },
        ]
      : undefined,
  schema: checkedLine('a store: local, s3, or a path', whyNotArtifacts),
  conflict: (value, { scenario }) => {
    const bucket = usesS3({ artifactStore: value })
    if (bucket && scenario !== undefined && scenario <= 3)
      return `does not go with scenario ${scenario}; take local, or scenario 4, 5 or 6`
    return !bucket && scenario === 4 ? 'is no bucket, to which the clients of scenario 4 go; take s3' : undefined
  },
  implied: (facts) => (isGiven(facts, ...S3_QUESTIONS) ? 's3' : undefined),
  normalise: (value, { home }) => expandHome(value, home),
  default: (answers) => ({ value: answers.scenario === 4 || hasOwnStore(answers) ? 's3' : 'local' }),
  defaultInWords: 's3 in scenario 4 and for a team in containers, else local',
})

/** A container more costs nothing, and its bucket can move to a bigger store later. */
function hasOwnStore(answers: Partial<Answers>): boolean {
  return inContainers(answers) && isForTeam(answers)
}

/** Whoever answers one of these wants a bucket. */
const S3_QUESTIONS = [
  'managedS3',
  's3Endpoint',
  's3Bucket',
  's3Prefix',
  's3Region',
  's3PublicEndpoint',
  's3CaFile',
  's3Addressing',
  's3Checksums',
  's3Credentials',
  'awsProfile',
] as const satisfies readonly (keyof Answers)[]

function whyNotArtifacts(value: string): string | undefined {
  if (OTHER_STORE.test(value)) return 'is not part of this version; take local, s3, or a path'
  if (usesS3({ artifactStore: value })) return whyNotBucketAddress(value)
  return value === 'local' ? undefined : whyNotPath(value, 'local, s3')
}

function whyNotBucketAddress(value: string): string | undefined {
  if (value === 's3') return undefined
  if (!value.startsWith('s3://')) return 'is not an address such as s3://bucket/prefix'
  const { bucket, prefix } = bucketOf(value)
  const problem = whyNotBucketName(bucket ?? '')
  if (problem !== undefined) return `names a bucket that ${problem}`
  const parsed = objectPrefixOf(prefix ?? '')
  return 'problem' in parsed ? `names a prefix that ${parsed.problem}` : undefined
}

/** What the address of a bucket says; nothing for the word `s3`. */
export function bucketOf(address = ''): { readonly bucket?: string; readonly prefix?: string } {
  const [, bucket, prefix] = /^s3:\/\/([^/]*)\/?(.*)$/.exec(address) ?? []
  return bucket === undefined ? {} : { bucket, prefix: (prefix ?? '').replace(/\/+$/, '') }
}
