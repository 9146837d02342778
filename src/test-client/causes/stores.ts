// In: nothing. Out: causes: failures of the database, the artifact store and what lies between.
import { STATUS } from './cause.ts'
import type { Cause } from './cause.ts'

export const STORE_CAUSES: readonly Cause[] = [
  {
    status: [413],
    because: 'A proxy before the server limits the size of an upload.',
    hint: { text: 'nginx: set client_max_body_size 0; in the location of MLflow.' },
  },
  {
    status: [429],
    because: 'A proxy before the server limits the number of requests.',
    hint: { text: 'Raise its rate limit for signed-in clients.' },
  },
  {
    status: [502, 503, 504],
    because: 'A proxy answers, but MLflow behind it does not.',
    hint: STATUS,
  },
  {
    text: /QueuePool limit of size/,
    because: 'More requests at once than the server has database connections.',
    hint: {
      text: 'Set MLFLOW_SQLALCHEMYSTORE_POOL_SIZE=10 and MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW=31 for the server.',
    },
  },
  {
    text: /Detected out-of-date database schema|Can't locate revision/,
    because: 'The database was made by another version of MLflow.',
    hint: {
      text: 'Back it up, then run mlflow db upgrade; when that cannot locate the revision, install the newer MLflow.',
    },
  },
  {
    text: /No space left on device|disk is full|disk I\/O error|Disk quota exceeded/i,
    because: 'The disk of the server is full.',
    hint: { text: 'Make room on the disk of the database and the artifacts.', command: 'df -h' },
  },
  {
    text: /readonly database|Read-only file system|Permission denied: |PermissionError|unable to open database file/,
    because: 'The files of the store may not be written by the user that MLflow runs as.',
    hint: { text: 'Give that user the directory of the database and of the artifacts.' },
  },
  {
    text: /database is locked/,
    because: 'Another process holds the SQLite database for longer than MLflow waits.',
    hint: { text: 'End the other process, or use scenario 3, where one server owns the database.' },
  },
  {
    text: /NoSuchBucket|specified bucket does not exist/,
    because: 'The bucket of the artifact store does not exist.',
    hint: { text: 'Create the bucket, or correct the artifact destination of the server.' },
  },
  {
    text: /mlflow-artifacts\/artifacts.*(Max retries exceeded|failed with exception)/s,
    because: 'The tracking server cannot reach the artifact server of scenario 6.',
    hint: { text: 'Start the artifact server, and set MLFLOW_HTTP_REQUEST_MAX_RETRIES=1 for the tracking server.' },
  },
  {
    text: /HeadObject operation: Not Found/,
    because: 'The file is not in the object store.',
    hint: { text: 'Check the prefix of the artifact destination.' },
  },
  {
    status: [500],
    steps: ['files'],
    because: 'The server could not reach or write its artifact store.',
    hint: {
      text: 'Its log names the reason: NoSuchBucket, wrong keys, endpoint, missing boto3 or a full disk.',
      command: 'mlflow-setup logs',
    },
  },
]
