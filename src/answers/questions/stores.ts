import { check, pipe, string, trim } from 'valibot'
import { question } from '../question.ts'

const DATABASE_ELSEWHERE = /^(postgres|postgresql|mysql|mariadb|mssql)(\+|:|$)/
const OBJECT_STORE = /^(s3|gs|gcs|azure|wasbs?|abfss?|hdfs|sftp|ftp|nfs)(:|$)/

export const backendStore = question({
  id: 'backendStore',
  kind: 'text',
  group: 'Stores',
  placeholder: '<kind or path>',
  summary: 'where runs and metrics live: sqlite, or the path of its file',
  ask: 'In which SQLite file should runs and metrics live?',
  when: (answers) => answers.scenario !== 1,
  whenNot: 'does not apply: scenario 1 keeps runs in plain files',
  schema: pipe(
    string('is not a store: sqlite, or a path'),
    trim(),
    check((value) => value !== '', 'is empty; take sqlite, or a path'),
    check((value) => !DATABASE_ELSEWHERE.test(value), 'is not part of this version; take sqlite'),
    check(
      (value) => !/^[a-z+]+:\/\//.test(value) || value.startsWith('sqlite:///'),
      'is not sqlite, sqlite:///path or a path',
    ),
    check((value) => !/[\r\n\0?]/.test(value), 'has a line break or ? in it'),
  ),
  default: () => ({ value: 'sqlite' }),
  defaultInWords: 'sqlite',
})

export const artifactStore = question({
  id: 'artifactStore',
  kind: 'text',
  group: 'Stores',
  placeholder: '<kind or path>',
  summary: 'where files live: local, or the path of a folder',
  ask: 'In which folder should files live?',
  schema: pipe(
    string('is not a store: local, or a path'),
    trim(),
    check((value) => value !== '', 'is empty; take local, or a path'),
    check((value) => !OBJECT_STORE.test(value), 'is not part of this version; take local, or a path'),
    check((value) => !/^[a-z0-9+]+:/.test(value), 'is not local or a path'),
    check((value) => !/[\r\n\0]/.test(value), 'has a line break in it'),
  ),
  default: () => ({ value: 'local' }),
  defaultInWords: 'local',
})
