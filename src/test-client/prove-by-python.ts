// In: a TestSubject of any kind and an interpreter with MLflow. Out: StepResult[], what the real Python client could do there.
import { bareHost } from '../formats/host-name.ts'
import { hideSecrets, renderSecretVariables } from '../formats/secret-text.ts'
import type { Clock } from '../ports/clock.ts'
import type { Command, Commands } from '../ports/commands.ts'
import type { Random } from '../ports/random.ts'
import type { Templates } from '../ports/templates.ts'
import type { Secrets } from '../secret.ts'
import type { ProofOptions } from './prove-by-rest.ts'
import { buildProofName } from './proof-name.ts'
import { buildMissing, parseProofLine } from './python-report.ts'
import type { StepResult, TestSubject } from './step.ts'

export interface PythonPorts {
  readonly commands: Commands
  readonly templates: Templates
  readonly clock: Clock
  readonly random: Random
  /** The user's environment: PATH, HOME, proxies; nothing else of it reaches the client. */
  readonly env: Readonly<Record<string, string>>
}

export interface PythonClient {
  /** An absolute path of an interpreter with mlflow and scikit-learn; with `place`, what has it, in words. */
  readonly python: string
  /** Where the interpreter is no program of this machine: the command that does the same at its place. */
  readonly place?: (program: Command) => Command
  /** Variables that clients of this stack have, beside the address and the login. */
  readonly env: Readonly<Record<string, string>>
  /** Those of them that nobody may see. */
  readonly secrets?: Secrets
  /** Where the experiment's files go, a URI; a folder of the proof's own is made below it. Without it the store decides. */
  readonly experimentArtifactLocation?: string
  /** The directory that the client runs in. */
  readonly cwd?: string
  /** Hides what the user has in HOME, such as `~/.aws` and `~/.netrc`: it would prove something that other clients do not have. */
  readonly withoutHome?: boolean
}

/** For everything: a first start without bytecode on a busy machine imports for more than a minute. Milliseconds. */
const LIMIT_MS = 300_000

/** What a program needs to run at all. All else, such as AWS keys of the user, would prove something that other clients do not have. */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|(HTTPS?|NO|ALL)_PROXY)$/i

/** boto3 looks for keys in files and at an address of the cloud's, requests for logins in ~/.netrc: none of it may help. */
const NOTHING_AT_HOME = {
  HOME: '/nonexistent',
  AWS_CONFIG_FILE: '/nonexistent/config',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
  AWS_EC2_METADATA_DISABLED: 'true',
  // Else Python looks for packages of the user's below HOME, and matplotlib for a place for its settings.
  PYTHONNOUSERSITE: '1',
}

/** Quick to fail, quiet, and nothing told to anybody. A variable of the stack's clients counts more. */
const DEFAULTS = {
  MLFLOW_HTTP_REQUEST_TIMEOUT: '30',
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '2',
  MLFLOW_DISABLE_TELEMETRY: 'true',
  DO_NOT_TRACK: 'true',
  MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false',
  // Else the end waits a second for the queue.
  MLFLOW_ENABLE_ASYNC_TRACE_LOGGING: 'false',
  PYTHONWARNINGS: 'ignore',
  PYTHONUTF8: '1',
  GIT_PYTHON_REFRESH: 'quiet',
}

/**
 * Trains, logs, registers and loads a scikit-learn model with the given interpreter, and takes everything away again. A failed step is a
 * result, and so is a crash of Python. Throws the signal's reason when aborted, after Python has cleaned up.
 */
export async function proveByPython(
  subject: TestSubject,
  client: PythonClient,
  ports: PythonPorts,
  options: ProofOptions,
): Promise<StepResult[]> {
  const name = buildProofName(ports.clock, ports.random)
  const about = { trackingUri: subject.trackingUri, login: subject.user !== undefined, python: client.python, name }
  const secrets = [subject.password, ...Object.values(client.secrets ?? {})].filter((secret) => secret !== undefined)
  const results: StepResult[] = []
  const report = (result: StepResult | undefined): void => {
    if (result === undefined) return
    results.push(result)
    options.onStep?.(result)
  }
  const program = {
    file: client.python,
    args: ['-'],
    env: buildEnvironment(subject, client, { name, keep: options.keep, user: ports.env }),
    ...(client.cwd === undefined ? {} : { cwd: client.cwd }),
  }
  const ended = await ports.commands.run(client.place?.(program) ?? program, {
    timeoutMs: LIMIT_MS,
    signal: options.signal,
    input: await ports.templates.read('test-client/prove.py'),
    onLine: (line) => report(parseProofLine(hideSecrets(line, secrets), about)),
  })
  for (const result of buildMissing(results, { ...ended, stderr: hideSecrets(ended.stderr, secrets) }, about))
    report(result)
  return results
}

/** A proxy for the whole network would be asked for the name, and would not know it either. */
function detourVariables({ trackingUri, connectTo }: TestSubject, user: PythonPorts['env']): Record<string, string> {
  if (connectTo === undefined) return {}
  const { hostname } = new URL(trackingUri)
  const name = bareHost(hostname)
  const unproxied = [user['NO_PROXY'] ?? user['no_proxy'], hostname].filter((part) => part !== undefined).join(',')
  const place = `${name} ${connectTo.host} ${connectTo.port}`
  return { MLFLOW_SETUP_TEST_CONNECT: place, NO_PROXY: unproxied, no_proxy: unproxied }
}

function buildEnvironment(
  subject: TestSubject,
  client: PythonClient,
  proof: { readonly name: string; readonly keep: boolean; readonly user: PythonPorts['env'] },
): Record<string, string> {
  const { user, password, ca } = subject
  return {
    ...Object.fromEntries(Object.entries(proof.user).filter(([name]) => PASSED_ON.test(name))),
    ...(client.withoutHome === true ? NOTHING_AT_HOME : {}),
    ...DEFAULTS,
    ...client.env,
    ...renderSecretVariables(client.secrets ?? {}),
    ...detourVariables(subject, proof.user),
    MLFLOW_TRACKING_URI: subject.trackingUri,
    ...(user === undefined ? {} : { MLFLOW_TRACKING_USERNAME: user }),
    ...(password === undefined ? {} : renderSecretVariables({ MLFLOW_TRACKING_PASSWORD: password })),
    ...(ca === undefined ? {} : { MLFLOW_SETUP_TEST_CA: ca }),
    MLFLOW_SETUP_TEST_NAME: proof.name,
    ...(proof.keep ? { MLFLOW_SETUP_TEST_KEEP: '1' } : {}),
    ...(client.experimentArtifactLocation === undefined
      ? {}
      : { MLFLOW_SETUP_TEST_ARTIFACT_LOCATION: client.experimentArtifactLocation }),
  }
}
