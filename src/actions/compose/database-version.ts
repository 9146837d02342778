// In: the volume of a stack's own database, and the image that shall read it. Out: nothing, where both are of one major version.
import { UserError } from '../../errors.ts'
import { majorOfTag, parseImageName } from '../../formats/image-name.ts'
import type { SetDatabasePasswordInput } from '../../targets/compose-actions.ts'
import type { ActionPorts } from '../action-kind.ts'
import { variableOf, type Container } from './containers.ts'
import { engineCommand, failureOf } from './engine-commands.ts'
import { pinned, readDigests } from './image-digests.ts'
import { inspectImage } from './pull-images.ts'

const TIME_LIMIT_MS = 60_000
/** Up to PostgreSQL 17 in the volume itself; later ones have a folder for each major version below it. */
const READ = 'for file in /volume/PG_VERSION /volume/*/docker/PG_VERSION; do [ ! -f "$file" ] || cat "$file"; done'

type Ports = Pick<ActionPorts, 'commands' | 'files' | 'env'>

/**
 * False where nobody can say yet, because there is no image to look with. Throws UserError `database.other-major`: the server would
 * not start with it, or start with an empty database beside it.
 */
export async function checkMajorVersion(
  input: SetDatabasePasswordInput,
  container: Container | undefined,
  ports: Ports,
  signal: AbortSignal,
): Promise<boolean> {
  const wanted = majorOfTag(input.image)
  const running = container?.status === 'running' ? majorIn(container) : undefined
  const found = running === undefined ? await readVolume(input, container, ports, signal) : [running]
  if (found === undefined) return false
  const [first] = found
  if (first === undefined || wanted === undefined || found.includes(wanted)) return true
  throw otherMajor(input, first, wanted)
}

/** A server that runs has read what is in the volume; its image says which it is. */
function majorIn(container: Container): number | undefined {
  const major = variableOf(container, 'PG_MAJOR')
  return major === undefined ? undefined : Number.parseInt(major, 10)
}

/** With an image that is here; undefined where none is. A new volume has nothing in it. */
async function readVolume(
  { volume, image, digests }: SetDatabasePasswordInput,
  container: Container | undefined,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly number[] | undefined> {
  const candidates = [
    ...(container === undefined ? [] : [container.image]),
    pinned(image, await readDigests(digests, ports)),
  ]
  const here = await Promise.all(candidates.map((one) => inspectImage(one, ports, signal)))
  const reader = candidates.find((_, at) => here[at] !== undefined)
  if (reader === undefined) return undefined
  const quiet = ['--rm', '--pull=never', '--network=none', '--read-only', '--user=0', '--entrypoint=sh']
  const command = engineCommand(['run', ...quiet, `--volume=${volume}:/volume:ro`, reader, '-c', READ], ports.env)
  const result = await ports.commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  if (result.exitCode !== 0) throw failureOf(command, result, `Docker cannot look into the volume ${volume}.`)
  return result.stdout
    .split('\n')
    .filter((line) => /^\d+/u.test(line))
    .map((line) => Number.parseInt(line, 10))
}

function otherMajor({ volume, image }: SetDatabasePasswordInput, found: number, wanted: number): UserError {
  const name = parseImageName(image)?.name ?? 'postgres'
  return new UserError(
    'database.other-major',
    `The volume ${volume} has a database of PostgreSQL ${found}, and ${image} is ${wanted}. Nothing was changed.`,
    {
      because: 'PostgreSQL does not read what another major version wrote.',
      hint: {
        text: `Stay with ${found}: postgres: ${name}:${found} under images in mlflow-setup.yaml. To change it, dump it with ${found} and restore it with ${wanted}: README, "Another PostgreSQL".`,
      },
    },
  )
}
