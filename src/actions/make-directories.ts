// In: paths, their mode and their owner. Out: the directories are there, and whoever needs them can use them.
import { dirname } from 'node:path'
import { ExternalError, UserError } from '../errors.ts'
import type { Files, Owner } from '../ports/files.ts'
import type { MakeDirectoriesInput } from '../targets/action.ts'
import { findAccount, requireAccount } from './accounts.ts'
import type { ActionKindOf, ActionPorts } from './action-kind.ts'

const TIME_LIMIT_MS = 120_000
/** What a wanted mode insists on: the owner does everything, and others enter where they may at all. */
const INSISTED = 0o711

export const makeDirectories: ActionKindOf<MakeDirectoriesInput> = {
  async inspect(input, ports, signal) {
    const { paths, mode, owner } = input
    const account = owner === undefined ? undefined : await findAccount(owner, ports, signal)
    const found = await Promise.all(paths.map((path) => lookAt(path, mode, account, ports.files)))
    const first = (state: DirectoryState) => paths.find((_path, index) => found[index] === state)
    if (first('blocked') !== undefined) return { effect: 'conflict', why: `${first('blocked')} is not a directory` }
    if (first('closed') !== undefined) return { effect: 'update', why: `${first('closed')} is closed` }
    if (found.includes('missing')) return { effect: 'create', why: 'not there yet' }
    const foreign = owner !== undefined && account === undefined ? paths[0] : first('foreign')
    if (foreign !== undefined && input.keepsOwner === true && found[paths.indexOf(foreign)] !== 'missing')
      throw notTheirs(foreign, owner ?? 'the services')
    if (foreign !== undefined) return { effect: 'update', why: `${foreign} does not belong to ${owner ?? 'its user'}` }
    return { effect: 'unchanged', why: 'there' }
  },

  async apply({ paths, mode, owner }, ports, _progress, signal) {
    const account = await requireAccount(owner, ports, signal)
    for (const path of paths) await makeOne(path, mode, account, ports, signal)
  },
}

/** A folder outside the stack may hold the files of others. */
function notTheirs(path: string, owner: string): UserError {
  return new UserError('files.foreign-folder', `The services cannot write to ${path}.`, {
    because: `They run as ${owner}, and it belongs to somebody else.`,
    hint: { text: 'Give it to that user, or name another place.', command: `chown -R ${owner} ${path}` },
  })
}

type DirectoryState = 'missing' | 'blocked' | 'closed' | 'foreign' | 'fine'

async function lookAt(path: string, mode: number, owner: Owner | undefined, files: Files): Promise<DirectoryState> {
  const there = await files.stat(path)
  if (there === undefined) return 'missing'
  if (there.kind !== 'directory') return 'blocked'
  // Its user may open it up to others; that is not put back.
  const needed = mode & INSISTED
  if ((there.mode & needed) !== needed) return 'closed'
  return owner === undefined || owner.uid === there.uid ? 'fine' : 'foreign'
}

async function makeOne(
  path: string,
  mode: number,
  owner: Owner | undefined,
  ports: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  const { files } = ports
  let state = await lookAt(path, mode, owner, files)
  if (state === 'missing') {
    // New folders on the way are root's, and their user must come through.
    if (owner !== undefined) await files.makeDirectory(dirname(path), { mode: 0o755 })
    await files.makeDirectory(path, { mode })
    state = await lookAt(path, mode, owner, files)
  }
  if (state === 'closed') {
    await files.changeMode(path, mode)
    state = await lookAt(path, mode, owner, files)
  }
  if (state === 'foreign' && owner !== undefined) await giveAway(path, owner, ports, signal)
}

/** With all that is in it: the data of a stack that ran as somebody else before. Never through links. */
async function giveAway(
  path: string,
  { uid, gid }: Owner,
  { commands, env }: ActionPorts,
  signal: AbortSignal,
): Promise<void> {
  // chown changes a folder after what is in it, so a run that is killed is done again.
  const command = { file: 'chown', args: ['-R', '-h', `${uid}:${gid}`, path], env: { PATH: env['PATH'] ?? '' } }
  const { exitCode, stderr } = await commands.run(command, { timeoutMs: TIME_LIMIT_MS, signal })
  if (exitCode === 0) return
  throw new ExternalError('files.owner', `${path} cannot be given to its user.`, {
    because: stderr.trim().split('\n').at(-1) ?? 'chown failed.',
    hint: { text: 'Run as root.' },
    command: `chown -R -h ${uid}:${gid} ${path}`,
    exitCode,
    lastLines: stderr.split('\n').filter((line) => line !== ''),
  })
}
