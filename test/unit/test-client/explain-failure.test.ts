import { describe, expect, it } from 'vitest'
import { explainFailure } from '../../../src/test-client/explain-failure.ts'
import type { Evidence } from '../../../src/test-client/failure.ts'

const NGINX = '<html><head><title>Some status</title></head><body><hr><center>nginx</center></body></html>'

/** What was seen, and a piece of the cause that has to be named for it. Texts are those of MLflow 3.17, nginx and Python. */
const CASES: readonly (readonly [string, Partial<Evidence>, string])[] = [
  ['refused', { code: 'http.refused' }, 'not running'],
  ['unknown name', { code: 'http.unknown-host' }, 'misspelt'],
  ['plain port', { code: 'http.tls', text: 'wrong version number (EPROTO).' }, 'plain HTTP'],
  ['other name', { code: 'http.tls', text: '(ERR_TLS_CERT_ALTNAME_INVALID)' }, 'another name'],
  ['expired', { code: 'http.tls', text: 'certificate has expired (CERT_HAS_EXPIRED).' }, 'expired'],
  ['own authority', { code: 'http.tls', text: 'self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT).' }, 'trusts'],
  ['hanging API', { code: 'http.timeout', step: 'run' }, 'database'],
  ['silence', { code: 'http.timeout', step: 'server' }, 'firewall'],
  [
    'no HTTP',
    { code: 'http.failed', text: 'Parse Error: Expected HTTP/ (HPE_INVALID_CONSTANT).' },
    'does not speak HTTP',
  ],
  ['broken off', { code: 'http.failed', text: 'socket hang up (ECONNRESET).' }, 'died'],
  ['host', { status: 403, text: 'Invalid Host header - possible DNS rebinding attack detected' }, 'list'],
  ['origin', { status: 403, text: 'Cross-origin request blocked' }, 'origins'],
  ['no login', { status: 401, text: 'You are not authenticated.' }, 'none was given'],
  ['wrong login', { status: 401, login: true }, 'this user with this password'],
  [
    'store keys',
    { status: 401, text: '{"error_code":"UNAUTHENTICATED","message":"Failed to list artifacts in s3://b"}' },
    'own keys',
  ],
  ['nginx, no login', { status: 401, text: NGINX }, 'nginx asks for a login'],
  ['nginx, wrong login', { status: 401, login: true, text: NGINX }, 'nginx does not accept this user'],
  ['nginx, allow list', { status: 403, text: NGINX }, 'allow list'],
  ['nginx, other name', { status: 421, text: 'This server does not answer to that name.' }, 'public name only'],
  ['nginx, no password file', { status: 500, text: 'The login could not be checked.' }, 'file of passwords'],
  ['open to all', { status: 200, step: 'login', text: 'open' }, 'read and write everything'],
  ['open port', { step: 'address', text: 'open inner port' }, 'beyond this machine'],
  ['sent to the store', { step: 'server', text: '{"multipart_uploads_enabled":true}' }, 'two minutes'],
  ['slow store', { status: 504, step: 'files', text: NGINX }, 'gave up waiting'],
  ['rights, as 503', { status: 503, text: 'attempt to write a readonly database' }, 'may not be written'],
  ['permission', { status: 403, text: 'Permission denied' }, 'may not'],
  [
    'presigned only',
    { status: 403, text: 'This server requires artifacts to be uploaded directly to storage' },
    'presigned-only',
  ],
  ['redirect', { status: 301, headers: { location: 'https://ml.example/version' } }, 'https://ml.example/version'],
  ['TLS port', { status: 400, text: 'The plain HTTP request was sent to HTTPS port' }, 'TLS'],
  ['artifact server', { status: 503, text: 'running in `--artifacts-only` mode' }, 'scenario 6'],
  ['no proxy', { status: 503, text: 'running with `--no-serve-artifacts`' }, '--no-serve-artifacts'],
  ['no proxy, JSON', { status: 503, text: '{"detail":"Artifact serving is disabled."}' }, '--no-serve-artifacts'],
  ['not MLflow', { status: 404, step: 'server', text: '<html>' }, 'not MLflow'],
  ['older server', { status: 404, text: '<!doctype html>' }, 'older'],
  ['too large', { status: 413, step: 'files' }, 'size of an upload'],
  ['proxy alone', { status: 502 }, 'behind it'],
  ['pool', { status: 400, text: 'QueuePool limit of size 5 overflow 10 reached' }, 'connections'],
  ['schema', { text: 'Detected out-of-date database schema' }, 'another version'],
  ['disk', { status: 500, text: '[Errno 28] No space left on device' }, 'full'],
  ['rights', { status: 500, text: 'attempt to write a readonly database' }, 'may not be written'],
  ['bucket', { status: 500, text: 'NoSuchBucket' }, 'bucket'],
  [
    'artifact server away',
    { status: 500, text: 'API request to http://a/mlflow-artifacts/artifacts failed with exception' },
    'cannot reach',
  ],
  ['some 500 of the files', { status: 500, step: 'files', text: 'Internal Server Error' }, 'artifact store'],
  ['file store', { text: 'The filesystem tracking backend is in maintenance mode' }, 'plain files'],
  ['no keys', { text: 'NoCredentialsError: Unable to locate credentials' }, 'no keys'],
  ['no profile', { text: 'ProfileNotFound: The config profile (team) could not be found' }, 'profile team'],
  ['half a key', { text: 'PartialCredentialsError: Partial credentials found in env' }, 'one is missing'],
  ['old token', { text: 'An error occurred (ExpiredToken) when calling the PutObject operation' }, 'session token'],
  ['store unknown', { text: 'SSLError: SSL validation failed for https://s3.x/b' }, 'certificate of the object store'],
  ['server unknown', { text: 'SSLError: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed' }, 'certificate of the server'],
  ['server renamed', { text: "CERTIFICATE_VERIFY_FAILED: Hostname mismatch, not valid for 'x'" }, 'another name'],
  [
    'store denies',
    { text: 'S3UploadFailedError: (AccessDenied) when calling the PutObject operation' },
    'may not do that',
  ],
  ['other store', { text: 'S3UploadFailedError: An error occurred (NoSuchBucket) when calling' }, 'no such bucket'],
  ['store keys of the client', { text: 'S3UploadFailedError: (SignatureDoesNotMatch)' }, 'keys for the object store'],
  ['no http', { text: 'ValueError: Invalid endpoint: 127.0.0.1:7070' }, 'no http://'],
  ['store away', { text: 'EndpointConnectionError: Could not connect to the endpoint URL: "http://x"' }, 'reached'],
  ['clock', { text: 'An error occurred (RequestTimeTooSkewed) when calling' }, 'clock'],
  ['region', { text: '(AuthorizationHeaderMalformed) when calling' }, 'region'],
  ['checksums', { text: '(XAmzContentSHA256Mismatch) when calling' }, 'checksums'],
  ['console', { text: 'S3 API Requests must be made to API port.' }, 'web console'],
  ['skops', { text: 'The saved sklearn model references untrusted types.' }, 'declared safe'],
  ['no package', { text: "ModuleNotFoundError: No module named 'mlflow'" }, 'package mlflow'],
  ['killed', { code: 'python.killed', text: '' }, 'memory'],
]

describe('explainFailure', () => {
  it.each(CASES)('%s', (_title, seen, because) => {
    const evidence = { trackingUri: 'http://ml.example:5000', step: 'run', login: false, text: '', ...seen }
    const explained = explainFailure(evidence)
    expect(explained.because).toContain(because)
    expect(explained.because).toMatch(/[.…]$/)
    expect(explained.hint.text).toMatch(/\.$/)
  })

  it('repeats the words of the server where nothing is known', () => {
    const text = '{"error_code":"INTERNAL_ERROR","message":"The moon is \\"full\\""}'
    const explained = explainFailure({ trackingUri: 'http://x', step: 'run', login: false, status: 500, text })
    expect(explained.because).toBe('The server says: The moon is "full"')
    expect(explained.hint.command).toBe('mlflow-setup logs')
  })

  it('tests the address that a redirect names, without the path of the call', () => {
    const seen = { trackingUri: 'http://ml.example', step: 'server', login: false, text: '', status: 308 }
    const { hint } = explainFailure({ ...seen, headers: { location: 'https://ml.example/p/version' } })
    expect(hint.command).toBe('mlflow-setup test https://ml.example/p')
  })
})
