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
    text: /RequestTimeTooSkewed/,
    because: 'The clock of this machine and that of the object store differ by more than 15 minutes.',
    hint: { text: 'Set the clock by the network.', command: 'timedatectl set-ntp true' },
  },
  {
    text: /AuthorizationHeaderMalformed|IllegalLocationConstraint|PermanentRedirect/,
    because: 'The region that was given is not the one of the bucket.',
    hint: { text: 'Correct the region.', command: 'mlflow-setup --s3-region REGION' },
  },
  {
    text: /XAmzContentSHA256Mismatch|x-amz-sdk-checksum-algorithm|x-amz-checksum|MissingContentLength/,
    because: 'The store does not know the checksums that SDKs send since 2025.',
    hint: {
      text: 'Set AWS_REQUEST_CHECKSUM_CALCULATION=when_required and AWS_RESPONSE_CHECKSUM_VALIDATION=when_required.',
    },
  },
  {
    text: /API Requests must be made to API port/,
    because: 'The address is that of the web console of the store, not of its API.',
    hint: { text: 'Give the port of its S3 API; MinIO: 9000, not 9001.' },
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
    status: [504],
    because: 'A proxy gave up waiting for MLflow, which goes on: an upload is answered only when the store has it.',
    hint: { text: 'nginx: set proxy_read_timeout and proxy_send_timeout to 3600s in the location of the files.' },
  },
  {
    status: [502, 503],
    because: 'A proxy answers, but MLflow behind it does not.',
    hint: STATUS,
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
