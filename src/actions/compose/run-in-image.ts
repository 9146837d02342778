// In: a Python program for this machine. Out: the command that runs it in a container of an image, on this machine's network.
import type { Command } from '../../ports/commands.ts'
import { engineCommand } from './engine-commands.ts'

/** Of whoever runs this program, or of this machine: an image has its own. */
const LEFT_HERE =
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|SYSTEMROOT|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|XDG_\w+|DOCKER_\w+)$/i
/** An ordinary user, whatever the image would take. */
const SOMEBODY = '10001:10001'

export interface ImagePlace {
  /** It is on this machine: nothing is pulled. */
  readonly image: string
  /** Unique: by it the container is removed where its client was killed. */
  readonly name: string
  /** Files of this machine that the program reads, at the same paths. */
  readonly reads: readonly string[]
}

/**
 * As any client on this machine: outside of the stack's networks, by the address that clients have. (Without root, and on
 * Docker Desktop, that is the network that the engine itself is in, where the ports that it publishes answer too.)
 * Variables go by their names: what they hold is in no argument.
 */
export function imageCommand(
  { args, env: given }: Pick<Command, 'args' | 'env'>,
  { image, name, reads }: ImagePlace,
  env: Readonly<Record<string, string>>,
): Command {
  const variables = Object.fromEntries(Object.entries(given).filter(([variable]) => !LEFT_HERE.test(variable)))
  const command = engineCommand(
    [
      'run',
      '--rm',
      '--interactive',
      '--init',
      `--name=${name}`,
      '--network=host',
      // An engine that gives its containers other users of this machine refuses its network otherwise.
      '--userns=host',
      '--pull=never',
      '--log-driver=none',
      `--user=${SOMEBODY}`,
      '--read-only',
      '--tmpfs=/tmp',
      '--workdir=/tmp',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges:true',
      '--env=HOME=/nonexistent',
      ...Object.keys(variables).map((variable) => `--env=${variable}`),
      ...reads.map((file) => `--volume=${file}:${file}:ro,z`),
      '--entrypoint=python',
      image,
      ...args,
    ],
    env,
  )
  return { ...command, env: { ...command.env, ...variables } }
}

/** Whatever is left of it; nothing where it ended by itself. */
export function removeCommand({ name }: ImagePlace, env: Readonly<Record<string, string>>): Command {
  return engineCommand(['rm', '--force', '--volumes', name], env)
}
