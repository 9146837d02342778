// In: arguments for docker or docker compose. Out: the command, with an environment in which only the stack's own files count.
import { ExternalError, UserError } from '../../errors.ts'
import type { Command, CommandResult, RunOptions } from '../../ports/commands.ts'
import type { ActionPorts } from '../action-kind.ts'

/** What leads to the engine, and through a proxy to registries. Never COMPOSE_… and what else would win over `.env`. */
const PASSED = [
  'PATH',
  'HOME',
  'USER',
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'DOCKER_API_VERSION',
  'SSH_AUTH_SOCK',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
]

type Env = Readonly<Record<string, string>>

/** `docker …` */
export function engineCommand(args: readonly string[], env: Env): Command {
  const passed = Object.fromEntries(
    PASSED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const])),
  )
  return { file: 'docker', args, env: { ...passed, LC_ALL: 'C.UTF-8', DOCKER_CLI_HINTS: 'false' } }
}

/** `docker compose …` in the stack directory: Compose finds compose.yaml, the user's override file and `.env` by itself. */
export function composeCommand(stackDirectory: string, args: readonly string[], env: Env): Command {
  return { ...engineCommand(['compose', '--ansi', 'never', ...args], env), cwd: stackDirectory }
}

const LAST_LINES = 15

/** Runs it; throws UserError or ExternalError `engine.…` where it fails, with the last lines that it said. */
export async function mustRun(
  command: Command,
  options: RunOptions,
  { commands }: Pick<ActionPorts, 'commands'>,
  what: string,
): Promise<CommandResult> {
  const result = await commands.run(command, options)
  if (result.exitCode === 0) return result
  throw failureOf(command, result, what)
}

/** `what` is the whole first sentence. */
export function failureOf(command: Command, result: CommandResult, what: string): UserError | ExternalError {
  const text = `${result.stderr}\n${result.stdout}`
  if (!result.found)
    return new UserError('engine.missing', 'There is no docker program on this machine.', {
      hint: { text: 'Install Docker with its Compose plugin, or take --target native.' },
    })
  if (/permission denied.*docker.*sock/iu.test(text))
    return new UserError('engine.forbidden', 'This user may not use the Docker engine.', {
      because: 'Its socket belongs to root and the group docker.',
      hint: { text: 'Use sudo, or join the group and log in again: sudo usermod -aG docker $USER' },
    })
  // In the words of Docker 20 to 28, and of 29.
  if (/Cannot connect to the Docker daemon|failed to connect to the docker API|error during connect/iu.test(text))
    return new UserError('engine.stopped', 'The Docker engine does not run.', {
      hint: { text: 'Start it:', command: 'sudo systemctl start docker' },
    })
  const known = CAUSES.find(({ sign }) => sign.test(text))
  const lastLines = text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-LAST_LINES)
  return new ExternalError(known?.code ?? 'engine.failed', what, {
    because: known?.because ?? (result.timedOut ? 'It took too long.' : 'Docker says why.'),
    hint: known?.hint ?? { text: 'Mend what it names, then go on:', command: 'mlflow-setup apply' },
    command: [command.file, ...command.args].join(' '),
    exitCode: result.exitCode,
    lastLines,
  })
}

const goOn = (text: string) => ({ text, command: 'mlflow-setup apply' })

/** What the engine says, and what that means. The special stands before the general. */
const CAUSES = [
  {
    sign: /no space left on device/iu,
    code: 'engine.disk-full',
    because: "The engine's disk is full.",
    hint: { text: 'Free some: docker system df shows what takes it. Then go on:', command: 'mlflow-setup apply' },
  },
  {
    sign: /address pools have been fully subnetted|non-overlapping IPv4 address pool/iu,
    code: 'engine.no-network',
    because: 'The engine has given all of its networks away; a stack takes up to three.',
    hint: goOn('Remove those that nobody uses: docker network prune. Then go on:'),
  },
  {
    sign: /port is already allocated|address already in use|ports are not available/iu,
    code: 'engine.port-taken',
    because: 'Another program has a port that the stack wants.',
    hint: goOn('Stop that program, or change publicUrl in mlflow-setup.yaml. Then go on:'),
  },
  {
    sign: /toomanyrequests|rate limit/iu,
    code: 'image.rate-limit',
    because: 'The registry has had too many requests from this network.',
    hint: goOn('Wait, or log in with docker login. Then go on:'),
  },
  {
    sign: /pull access denied|repository does not exist|manifest.*(unknown|not found)|not found: manifest/iu,
    code: 'image.unknown',
    because: 'The registry has no such image, or does not show it to you.',
    hint: goOn('Correct it under images in mlflow-setup.yaml, or log in with docker login. Then go on:'),
  },
  {
    sign: /no matching manifest|exec format error/iu,
    code: 'image.platform',
    because: 'The image was not made for the processor of this machine.',
    hint: goOn('Name one that was, under images in mlflow-setup.yaml. Then go on:'),
  },
  {
    sign: /no such host|dial tcp|i\/o timeout|TLS handshake|connection refused|network is unreachable|x509:/iu,
    code: 'image.unreachable',
    because: 'The registry cannot be reached from this machine.',
    hint: goOn(
      'Look at network and proxy (the engine has its own proxy settings), or name images of a registry of yours under images in mlflow-setup.yaml. Then go on:',
    ),
  },
] as const
