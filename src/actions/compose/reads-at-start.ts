// In: services, and the files that they read when they start. Out: which files changed since.
import { createHash } from 'node:crypto'
import { basename, relative } from 'node:path'
import { parse, record, string } from 'valibot'
import type { RunContainersInput } from '../../targets/compose-actions.ts'
import type { ActionPorts } from '../action-kind.ts'

/** SHA-256 of each file's content by its path: in the stack directory, which may be moved, by the path from there. */
type Reads = Readonly<Record<string, string>>
/** Stands for Compose itself among the services. */
const COMPOSE = 'compose'

type Ports = Pick<ActionPorts, 'files'>

export async function readReads(mark: string, { files }: Ports): Promise<Reads> {
  try {
    return parse(record(string(), string()), JSON.parse((await files.readText(mark)) ?? ''))
  } catch {
    // Nothing was recorded: the last start did not get to its end.
    return {}
  }
}

/** 0600: a digest of a file with a key in it is nobody's business. */
export async function writeReads(input: RunContainersInput, ports: Ports): Promise<void> {
  const now = await digests(input, ports)
  const reads = Object.fromEntries(now.map(({ path, digest }) => [path, digest]))
  await ports.files.writeText(input.mark, `${JSON.stringify(reads)}\n`, { mode: 0o600 })
}

/** The services whose files are not what they were. */
export async function compareReads(
  input: RunContainersInput,
  then: Reads,
  ports: Ports,
): Promise<readonly { readonly service: string; readonly file: string }[]> {
  const now = await digests(input, ports)
  return now
    .filter(({ path, digest }) => then[path] !== digest)
    .map(({ service, path }) => ({ service, file: basename(path) }))
}

/** What describes all of them belongs to no service: Compose itself sees which ones it is about. */
async function digests({ services, describedBy, stackDirectory }: RunContainersInput, { files }: Ports) {
  const readers = [...services, { name: COMPOSE, readsAtStart: describedBy }]
  return Promise.all(
    readers.flatMap(({ name, readsAtStart }) =>
      readsAtStart.map(async (path) => {
        const text = (await files.readText(path)) ?? ''
        const inside = relative(stackDirectory, path)
        return {
          service: name,
          path: inside.startsWith('..') ? path : inside,
          digest: createHash('sha256').update(text).digest('hex'),
        }
      }),
    ),
  )
}
