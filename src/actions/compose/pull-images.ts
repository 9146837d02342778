// In: names of images. Out: all of them on this machine, and their digests noted.
import { array, looseObject, nullish, parse, string } from 'valibot'
import { ExternalError } from '../../errors.ts'
import type { PullImagesInput } from '../../targets/compose-actions.ts'
import type { ActionKindOf, ActionPorts, Progress } from '../action-kind.ts'
import { engineCommand, failureOf, mustRun } from './engine-commands.ts'
import { digestOf, pinned, readDigests, writeDigests } from './image-digests.ts'

const LOOK_LIMIT_MS = 30_000
/** A gigabyte over a slow line. */
const PULL_LIMIT_MS = 60 * 60_000

const inspected = array(
  looseObject({
    Id: string(),
    RepoDigests: nullish(array(string()), []),
    Config: nullish(looseObject({ Env: nullish(array(string()), []) })),
  }),
)

type Ports = Pick<ActionPorts, 'commands' | 'files' | 'env'>

/** One after the other: the engine loads the layers of each side by side. */
export const pullImages: ActionKindOf<PullImagesInput> = {
  async inspect(input, ports, signal) {
    const missing = await missingImages(input, ports, signal)
    if (missing.length === 0) return { effect: 'unchanged', why: 'on this machine' }
    const why = `${missing.join(', ')}: not on this machine yet`
    return { effect: missing.length === input.images.length ? 'create' : 'update', why }
  },

  async apply(input, ports, progress, signal) {
    const known = await readDigests(input.digests, ports)
    const missing = await missingImages(input, ports, signal)
    for (const image of missing) await pull(pinned(image, known), image, ports, progress, signal)
    const found = await Promise.all(
      input.images.map(async (image) => {
        const seen = await inspectImage(pinned(image, known), ports, signal)
        const digest = known[image] ?? digestOf(image, seen?.repoDigests ?? [])
        return digest === undefined ? [] : [[image, digest] as const]
      }),
    )
    await writeDigests(input.digests, Object.fromEntries(found.flat()), ports)
    progress(`${input.images.length} on this machine`)
  },
}

async function missingImages(
  { images, digests }: PullImagesInput,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const known = await readDigests(digests, ports)
  const seen = await Promise.all(images.map((image) => inspectImage(pinned(image, known), ports, signal)))
  return images.filter((_, at) => seen[at] === undefined)
}

export interface FoundImage {
  readonly id: string
  readonly repoDigests: readonly string[]
  /** What its containers get, `NAME=value`. */
  readonly environment: readonly string[]
}

/** Undefined where it is not on this machine. Throws UserError `engine.…` where the engine cannot be asked. */
export async function inspectImage(
  image: string,
  { commands, env }: Pick<ActionPorts, 'commands' | 'env'>,
  signal: AbortSignal,
): Promise<FoundImage | undefined> {
  const command = engineCommand(['image', 'inspect', image], env)
  const result = await commands.run(command, { timeoutMs: LOOK_LIMIT_MS, signal })
  if (result.exitCode !== 0 && /no such image/iu.test(result.stderr)) return undefined
  if (result.exitCode !== 0) throw failureOf(command, result, `Docker cannot look at the image ${image}.`)
  try {
    const [found] = parse(inspected, JSON.parse(result.stdout))
    if (found === undefined) return undefined
    return { id: found.Id, repoDigests: found.RepoDigests ?? [], environment: found.Config?.Env ?? [] }
  } catch (error) {
    throw new ExternalError('engine.answer', 'Docker describes images in a form that is not known.', { cause: error })
  }
}

async function pull(
  reference: string,
  image: string,
  ports: Ports,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const layers = new Set<string>()
  const loaded = new Set<string>()
  progress(image)
  const onLine = (line: string) => {
    const [, layer, state = ''] = /^([0-9a-f]{12}): (.+)$/u.exec(line.trim()) ?? []
    if (layer === undefined) return
    layers.add(layer)
    if (/^(Pull complete|Already exists)/u.test(state)) loaded.add(layer)
    progress(`${image}, ${loaded.size} of ${layers.size} layers`)
  }
  const command = engineCommand(['pull', reference], ports.env)
  await mustRun(command, { timeoutMs: PULL_LIMIT_MS, signal, onLine }, ports, `The image ${image} could not be pulled.`)
}
