// In: BucketLogin. Out: AWS's client for it, which takes nothing from this machine's AWS settings.
import { readFile } from 'node:fs/promises'
import type { Agent } from 'node:https'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { UserError } from '../../errors.ts'
import type { BucketLogin } from '../object-stores.ts'
import { findMachineKeys } from './machine-keys.ts'

const CONNECT_LIMIT_MS = 5000
/** Of requests without a time limit of their own. */
const REQUEST_LIMIT_MS = 30_000

/** Signs nothing: what anybody on the network could send. The client wants keys all the same. */
const NOBODY: Pick<S3ClientConfig, 'credentials' | 'signer'> = {
  credentials: { accessKeyId: 'nobody', secretAccessKey: 'nobody' },
  signer: { sign: (request) => Promise.resolve(request) },
}

/**
 * Every setting that the client would else look up in variables or `~/.aws` is given here: what is proven must be what
 * the services get, and they do not see the user's settings.
 */
export async function makeClient(login: BucketLogin, who: 'keys' | 'nobody'): Promise<S3Client> {
  silenceNodeVersionWarning()
  const agent = login.caFile === undefined ? {} : { httpsAgent: await makeAgent(login.caFile) }
  return new S3Client({
    region: login.region,
    ...(login.endpoint === undefined ? {} : { endpoint: login.endpoint }),
    ignoreConfiguredEndpointUrls: true,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    useArnRegion: false,
    forcePathStyle: login.addressing === 'path',
    requestChecksumCalculation: login.checksums === 'when_required' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED',
    responseChecksumValidation: login.checksums === 'when_required' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED',
    ...(who === 'keys' ? { credentials: credentialsOf(login) } : NOBODY),
    maxAttempts: 2,
    retryMode: 'standard',
    // boto3 does not correct a wrong clock, so a proof must not either.
    disableClockSkewCorrection: () => Promise.resolve(true),
    requestHandler: {
      connectionTimeout: CONNECT_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      throwOnRequestTimeout: true,
      ...agent,
    },
  })
}

function credentialsOf({ keys }: BucketLogin) {
  if (keys === undefined) return findMachineKeys()
  const session = keys.session === undefined ? {} : { sessionToken: keys.session.reveal() }
  return { accessKeyId: keys.id.reveal(), secretAccessKey: keys.secret.reveal(), ...session }
}

/** The client tells whoever runs it on Node.js 20 to upgrade, in six lines on stderr, which is no news for our users. */
function silenceNodeVersionWarning(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
}

/** An agent, not its settings: for bodies of 2 MiB and more the handler would make another one, without the roots (@smithy/node-http-handler). */
async function makeAgent(caFile: string): Promise<Agent> {
  const [{ Agent }, ca] = await Promise.all([import('node:https'), readRoots(caFile)])
  return new Agent({ ca, keepAlive: true })
}

async function readRoots(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  } catch (cause) {
    throw caFileError(path, 'The file cannot be read.', cause)
  }
  throw caFileError(path, 'It holds no certificate in PEM form.')
}

function caFileError(path: string, because: string, cause?: unknown): UserError {
  return new UserError('s3.ca-file', `${path} is no file of certificates.`, {
    because,
    hint: { text: 'Name the PEM file of the authority that signed the certificate of the object store.' },
    ...(cause === undefined ? {} : { cause }),
  })
}
