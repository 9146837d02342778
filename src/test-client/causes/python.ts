// In: nothing. Out: causes: what only the Python client sees.
import type { Evidence } from '../failure.ts'
import { formatOneLine } from '../format-detail.ts'
import { LOGS, STATUS, hostOf } from './cause.ts'
import type { Cause } from './cause.ts'

/** An error of a store that the client itself talked to: one that the server tells of comes with a status. */
function isClientsOwn(seen: Evidence): boolean {
  return seen.status === undefined
}

export const PYTHON_CAUSES: readonly Cause[] = [
  {
    text: /API request to .*(timed out|ConnectTimeout|ReadTimeout)|It was not done within \d+ s\.$/s,
    because: 'The server, the database or the object store does not answer in time.',
    hint: LOGS,
  },
  {
    text: /syntax error.*INSERT INTO experiments/s,
    because: 'MLflow writes the current directory into its SQL unescaped, and the name has both kinds of quotes in it.',
    hint: { text: 'Open the database for the first time from a directory with a plain name.' },
  },
  {
    text: /The filesystem tracking backend/,
    because: 'MLflow keeps runs in plain files only when it is told to (since 3.13).',
    hint: { text: 'Set MLFLOW_ALLOW_FILE_STORE=true for the client, or use scenario 2, SQLite.' },
  },
  {
    text: /the tracking URI must be a valid http or https URI/,
    because:
      'This store was used by a server that serves the files itself, so a client without that server cannot reach them.',
    hint: { text: 'Use the address of the server, or a new experiment.' },
  },
  {
    text: /No module named '(psycopg2?|MySQLdb|pymysql)'/,
    because: 'The driver of the database is not installed in this Python.',
    hint: { text: 'Install psycopg2-binary for PostgreSQL or PyMySQL for MySQL.' },
  },
  {
    text: /No module named '(mlflow|sklearn|pandas|numpy|boto3)[.']/,
    because: (seen) => `This Python lacks the package ${/No module named '(\w+)/.exec(seen.text)?.[1] ?? ''}.`,
    hint: { text: 'Install mlflow (not mlflow-skinny) into it; for s3:// also boto3.' },
  },
  {
    text: /NoCredentialsError|Unable to locate credentials/,
    because: 'Clients talk to the object store themselves, and this one has no keys.',
    hint: { text: 'Give it AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.', command: 'mlflow-setup client --write-aws' },
  },
  {
    text: /ProfileNotFound|The config profile \(/,
    because: (seen) =>
      `The AWS profile ${/config profile \(([^)]*)\)/.exec(seen.text)?.[1] ?? ''} is in no file of this user's.`,
    hint: { text: 'Write it.', command: 'mlflow-setup client --write-aws' },
  },
  {
    text: /PartialCredentialsError|Partial credentials found/,
    because: 'Of the two keys for the object store one is missing.',
    hint: { text: 'Give it AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.', command: 'mlflow-setup client' },
  },
  {
    text: /ExpiredToken|InvalidToken|TokenRefreshRequired/,
    because: 'The session token that came with the keys for the object store has ended, or belongs to other keys.',
    hint: { text: 'Get new keys, or unset AWS_SESSION_TOKEN where the keys have none.' },
  },
  {
    text: /SSL validation failed for|botocore.*CERTIFICATE_VERIFY_FAILED/s,
    because: 'The certificate of the object store is not signed by an authority that this client trusts.',
    hint: { text: "Name the authority's certificate in AWS_CA_BUNDLE of the client." },
  },
  {
    text: /CERTIFICATE_VERIFY_FAILED.*(Hostname mismatch|doesn't match|IP address mismatch)/s,
    because: (seen) => `The certificate is for another name than ${hostOf(seen)}.`,
    hint: { text: 'Use the name that is in the certificate.' },
  },
  {
    text: /CERTIFICATE_VERIFY_FAILED/,
    because: 'The certificate of the server is not signed by an authority that this client trusts.',
    hint: {
      text: "Name the authority's certificate in MLFLOW_TRACKING_SERVER_CERT_PATH.",
      command: 'mlflow-setup client',
    },
  },
  {
    text: /Invalid endpoint: /,
    because: 'The address of the object store has no http:// or https:// at its start.',
    hint: { text: 'Write MLFLOW_S3_ENDPOINT_URL with http:// or https://.' },
  },
  {
    text: /EndpointConnectionError|Could not connect to the endpoint URL/,
    because: 'The object store cannot be reached from here.',
    hint: { text: 'Give clients an address of the store that they reach in MLFLOW_S3_ENDPOINT_URL.' },
  },
  {
    text: /AccessDenied/,
    when: isClientsOwn,
    because: 'The keys are known to the object store, but may not do that with this bucket.',
    hint: { text: 'Grant them s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject.' },
  },
  {
    text: /NoSuchBucket/,
    when: isClientsOwn,
    because:
      'The object store that the client talks to has no such bucket: it is another store, or the bucket is gone.',
    hint: { text: 'Check MLFLOW_S3_ENDPOINT_URL of the client, and create the bucket.', command: 'mlflow-setup apply' },
  },
  {
    text: /SignatureDoesNotMatch|InvalidAccessKeyId|XAdminUserNotFound/,
    because: 'The keys for the object store are wrong.',
    hint: { text: 'Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.' },
  },
  {
    text: /references untrusted types/,
    because: 'MLflow saves this kind of scikit-learn model only when its types are declared safe.',
    hint: { text: 'Pass skops_trusted_types to log_model; the server is not to blame.' },
  },
  {
    text: /Connection refused|Max retries exceeded|NewConnectionError/,
    because: (seen) => `Nothing answers at ${hostOf(seen)}: the server is not running, or listens somewhere else.`,
    hint: STATUS,
  },
  {
    text: /No such image/,
    because: 'The image that has the Python client is gone from the engine.',
    hint: { text: 'Make it again.', command: 'mlflow-setup apply' },
  },
  {
    code: /^python\.missing$/,
    because: 'The virtual environment was moved or removed, or the path is wrong.',
    hint: { text: 'Make it again.', command: 'mlflow-setup apply' },
  },
  {
    code: /^python\.killed$/,
    because: (seen) =>
      `Python was ended from outside, mostly because memory ran out. ${formatOneLine(seen.text, 200)}`.trim(),
    hint: { text: 'Look for the out-of-memory killer in the system log.', command: 'dmesg' },
  },
  {
    code: /^python\.timeout$/,
    because: 'The Python client waited too long for the server, the database or the object store.',
    hint: {
      text: 'Prove the server without Python; the step that hangs is named there.',
      command: 'mlflow-setup test',
    },
  },
]
