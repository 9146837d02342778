// In: a service whose image is built from files of the stack. Out: the image, made of what they say today.
import { createHash } from 'node:crypto'
import { object, parse, string } from 'valibot'
import type { BuildImageInput } from '../../targets/compose-actions.ts'
import type { ActionKindOf, ActionPorts } from '../action-kind.ts'
import { composeCommand, mustRun } from './engine-commands.ts'
import { inspectImage } from './pull-images.ts'

/** Packages of a few megabytes, over a slow line. */
const BUILD_LIMIT_MS = 30 * 60_000

const markFile = object({ sources: string() })

export const buildImage: ActionKindOf<BuildImageInput> = {
  async inspect(input, ports, signal) {
    const found = await inspectImage(input.tag, ports, signal)
    if (found === undefined) return { effect: 'create', why: 'not built yet' }
    const [now, then] = await Promise.all([digestSources(input, ports), readMark(input, ports)])
    return now === then ? { effect: 'unchanged', why: 'built' } : { effect: 'update', why: 'it holds something else' }
  },

  async apply(input, ports, progress, signal) {
    const { stackDirectory, service, tag, mark } = input
    const sources = await digestSources(input, ports)
    const onLine = (line: string) => {
      const [, step] = /^#\d+ \[[^\]]*?(\d+\/\d+)\]/u.exec(line) ?? []
      if (step !== undefined) progress(`step ${step}`)
      const [, what] = /^#\d+ [\d.]+ ((?:Collecting|Downloading|Installing) \S+)/u.exec(line) ?? []
      if (what !== undefined) progress(what.toLowerCase())
    }
    const command = composeCommand(stackDirectory, ['--progress', 'plain', 'build', service], ports.env)
    await mustRun(command, { timeoutMs: BUILD_LIMIT_MS, signal, onLine }, ports, `The image ${tag} could not be built.`)
    await ports.files.writeText(mark, `${JSON.stringify({ sources })}\n`, { mode: 0o644 })
    progress('built')
  },
}

async function digestSources({ sources }: BuildImageInput, { files }: Pick<ActionPorts, 'files'>): Promise<string> {
  const texts = await Promise.all(sources.map(async (path) => (await files.readText(path)) ?? ''))
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex')
}

async function readMark({ mark }: BuildImageInput, { files }: Pick<ActionPorts, 'files'>): Promise<string | undefined> {
  try {
    return parse(markFile, JSON.parse((await files.readText(mark)) ?? '')).sources
  } catch {
    return undefined
  }
}
